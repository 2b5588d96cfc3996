CREATE TABLE "record_events" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"client_id" uuid NOT NULL,
	"record_id" uuid NOT NULL,
	"revision" integer,
	"at" timestamp with time zone DEFAULT app.now() NOT NULL,
	"actor" text NOT NULL,
	"what" text NOT NULL,
	"detail" jsonb DEFAULT '{}'::jsonb NOT NULL
);
--> statement-breakpoint
ALTER TABLE "record_events" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "posting_attempts" ADD COLUMN "run_id" uuid;--> statement-breakpoint
ALTER TABLE "posting_attempts" ADD COLUMN "mapping_version" integer;--> statement-breakpoint
ALTER TABLE "record_events" ADD CONSTRAINT "record_events_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "record_events_record_idx" ON "record_events" USING btree ("record_id","id");--> statement-breakpoint
CREATE POLICY "client_isolation" ON "record_events" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
ALTER TABLE "record_events" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
-- Who acts is set beside the scope, by the one function that opens a transaction.
CREATE FUNCTION app.actor() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce(nullif(current_setting('app.actor', true), ''), 'Greentick')
$$;
--> statement-breakpoint
CREATE FUNCTION app.note_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO record_events (client_id, record_id, revision, actor, what, detail)
  VALUES (NEW.client_id, NEW.id, NEW.revision, app.actor(), 'revised', jsonb_build_object(
    'importId', to_jsonb(NEW) -> 'import_id',
    'previousImportId', to_jsonb(OLD) -> 'import_id',
    'before', (SELECT coalesce(jsonb_object_agg(o.key, o.value), '{}') FROM jsonb_each(to_jsonb(OLD)) o
      WHERE o.key NOT IN ('revision', 'content_sha', 'changed_at', 'import_id') AND o.value IS DISTINCT FROM to_jsonb(NEW) -> o.key)));
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER contacts_revised AFTER UPDATE ON contacts FOR EACH ROW WHEN (OLD.revision <> NEW.revision) EXECUTE FUNCTION app.note_revision();--> statement-breakpoint
CREATE TRIGGER products_revised AFTER UPDATE ON products FOR EACH ROW WHEN (OLD.revision <> NEW.revision) EXECUTE FUNCTION app.note_revision();--> statement-breakpoint
CREATE TRIGGER documents_revised AFTER UPDATE ON documents FOR EACH ROW WHEN (OLD.revision <> NEW.revision) EXECUTE FUNCTION app.note_revision();--> statement-breakpoint
CREATE TRIGGER payments_revised AFTER UPDATE ON payments FOR EACH ROW WHEN (OLD.revision <> NEW.revision) EXECUTE FUNCTION app.note_revision();--> statement-breakpoint
CREATE TRIGGER journals_revised AFTER UPDATE ON journals FOR EACH ROW WHEN (OLD.revision <> NEW.revision) EXECUTE FUNCTION app.note_revision();--> statement-breakpoint
CREATE FUNCTION app.note_posting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_what text;
  v_detail jsonb := '{}';
BEGIN
  IF NEW.state = 'skipped' AND OLD.state <> 'skipped' THEN
    v_what := 'marked';
    v_detail := jsonb_build_object('reason', NEW.mark_reason);
  ELSIF NEW.exported_how = 'linked' AND OLD.exported_how IS DISTINCT FROM 'linked' THEN
    v_what := 'linked';
    v_detail := jsonb_build_object('externalId', NEW.external_id);
  ELSIF OLD.state = 'skipped' AND NEW.state = 'pending' THEN
    v_what := 'unmarked';
    v_detail := jsonb_build_object('reason', OLD.mark_reason);
  ELSIF OLD.state = 'drifted' AND NEW.state = 'confirmed' THEN
    v_what := 'accepted';
    v_detail := jsonb_build_object('differences', OLD.differences);
  ELSIF NEW.aside IS NOT NULL AND NEW.aside IS DISTINCT FROM OLD.aside THEN
    v_what := 'set-aside';
    v_detail := jsonb_build_object('aside', NEW.aside, 'reason', NEW.aside_why);
  ELSIF NEW.aside IS NULL AND OLD.aside IS NOT NULL THEN
    v_what := 'taken-up';
    v_detail := jsonb_build_object('aside', OLD.aside, 'reason', OLD.aside_why);
  ELSIF OLD.state IN ('queued', 'held', 'waiting', 'rejected') AND NEW.state = 'pending' AND NEW.revision = OLD.revision THEN
    v_what := 'withdrawn';
  ELSE
    RETURN NULL;
  END IF;
  INSERT INTO record_events (client_id, record_id, revision, actor, what, detail)
  VALUES (NEW.client_id, NEW.record_id, NEW.revision, app.actor(), v_what, v_detail);
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER postings_noted AFTER UPDATE ON postings FOR EACH ROW
  WHEN (OLD.aside IS DISTINCT FROM NEW.aside OR (NEW.exported_how = 'linked' AND OLD.exported_how IS DISTINCT FROM 'linked')
    OR (OLD.state <> NEW.state AND ('skipped' IN (OLD.state, NEW.state) OR NEW.state = 'pending' OR (OLD.state = 'drifted' AND NEW.state = 'confirmed'))))
  EXECUTE FUNCTION app.note_posting();
