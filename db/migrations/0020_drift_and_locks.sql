CREATE TABLE "corrections" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"client_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"at" timestamp with time zone DEFAULT app.now() NOT NULL,
	"actor" text NOT NULL,
	"what" text NOT NULL,
	"kind" text NOT NULL,
	"record_id" uuid NOT NULL,
	"posting_id" uuid,
	"reference" text NOT NULL,
	"party" text DEFAULT '' NOT NULL,
	"currency" text,
	"gross_minor" bigint,
	"differences" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"note" text DEFAULT '' NOT NULL
);
--> statement-breakpoint
ALTER TABLE "corrections" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "lock_moves" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"client_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"seen_at" timestamp with time zone DEFAULT app.now() NOT NULL,
	"locked_before" date,
	"locked_now" date,
	"caught" integer DEFAULT 0 NOT NULL,
	"moved_by" text,
	"ended_at" timestamp with time zone,
	"ended_by" text
);
--> statement-breakpoint
ALTER TABLE "lock_moves" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "match_questions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"client_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"record_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"reference" text NOT NULL,
	"why" text NOT NULL,
	"candidates" jsonb NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"created_at" timestamp with time zone DEFAULT app.now() NOT NULL,
	"answered_by" text,
	"answered_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "match_questions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "postings" ADD COLUMN "drift_accepted_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "postings" ADD COLUMN "drift_accepted_by" text;--> statement-breakpoint
ALTER TABLE "package_documents" ADD COLUMN "version" text;--> statement-breakpoint
ALTER TABLE "package_documents" ADD COLUMN "credited_minor" bigint;--> statement-breakpoint
ALTER TABLE "package_documents" ADD COLUMN "settled_by" jsonb;--> statement-breakpoint
ALTER TABLE "package_documents" ADD COLUMN "look_due" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "corrections" ADD CONSTRAINT "corrections_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "corrections" ADD CONSTRAINT "corrections_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "lock_moves" ADD CONSTRAINT "lock_moves_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "lock_moves" ADD CONSTRAINT "lock_moves_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "match_questions" ADD CONSTRAINT "match_questions_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "match_questions" ADD CONSTRAINT "match_questions_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "corrections_client_idx" ON "corrections" USING btree ("client_id","at","id");--> statement-breakpoint
CREATE INDEX "corrections_record_idx" ON "corrections" USING btree ("record_id","at");--> statement-breakpoint
CREATE INDEX "lock_moves_client_idx" ON "lock_moves" USING btree ("client_id","seen_at");--> statement-breakpoint
CREATE UNIQUE INDEX "match_questions_record_key" ON "match_questions" USING btree ("connection_id","record_id");--> statement-breakpoint
CREATE INDEX "match_questions_open_idx" ON "match_questions" USING btree ("client_id","reference","id") WHERE state = 'open';--> statement-breakpoint
CREATE INDEX "package_documents_look_idx" ON "package_documents" USING btree ("connection_id") WHERE look_due;--> statement-breakpoint
CREATE POLICY "client_isolation" ON "corrections" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "client_isolation" ON "lock_moves" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "client_isolation" ON "match_questions" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));
--> statement-breakpoint
ALTER TABLE "corrections" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "lock_moves" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "match_questions" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE FUNCTION app.note_drift() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO record_events (client_id, record_id, revision, actor, what, detail)
  VALUES (NEW.client_id, NEW.record_id, NEW.revision, app.actor(), CASE WHEN NEW.state = 'drifted' AND OLD.state <> 'drifted' THEN 'drifted' ELSE 'accepted' END,
    jsonb_build_object('differences', NEW.differences));
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER postings_drifted AFTER UPDATE ON postings FOR EACH ROW
  WHEN (NEW.state = 'drifted' AND (OLD.state <> 'drifted' OR (NEW.drift_accepted_at IS NOT NULL AND OLD.drift_accepted_at IS NULL)))
  EXECUTE FUNCTION app.note_drift();
