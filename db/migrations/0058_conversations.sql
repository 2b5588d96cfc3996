CREATE TABLE "conversations" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"client_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"posting_id" uuid NOT NULL,
	"revision" integer NOT NULL,
	"version" integer NOT NULL,
	"ask" json NOT NULL,
	"created_at" timestamp with time zone DEFAULT app.now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "conversations" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "posting_attempts" ADD COLUMN "seen" jsonb;--> statement-breakpoint
ALTER TABLE "posting_calls" ADD COLUMN "conversation_id" uuid;--> statement-breakpoint
ALTER TABLE "posting_calls" ADD COLUMN "step" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "posting_calls" ADD COLUMN "writes" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "postings" ADD COLUMN "continued" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "conversations" ADD CONSTRAINT "conversations_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "conversations" ADD CONSTRAINT "conversations_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "conversations" ADD CONSTRAINT "conversations_posting_id_postings_id_fk" FOREIGN KEY ("posting_id") REFERENCES "public"."postings"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "conversations_posting_key" ON "conversations" USING btree ("posting_id","revision");--> statement-breakpoint
CREATE INDEX "posting_calls_conversation_idx" ON "posting_calls" USING btree ("conversation_id","step") WHERE conversation_id is not null;--> statement-breakpoint
CREATE INDEX "postings_continued_idx" ON "postings" USING btree ("connection_id","issued_on","id") WHERE continued;--> statement-breakpoint
CREATE POLICY "client_isolation" ON "conversations" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));
--> statement-breakpoint
-- By hand:
ALTER TABLE "conversations" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
-- Reads that were kept as evidence, until now known by their empty hash alone.
SELECT set_config('app.all_clients', 'on', true);--> statement-breakpoint
UPDATE posting_calls SET writes = false WHERE request_sha = '';--> statement-breakpoint
SELECT set_config('app.all_clients', 'off', true);--> statement-breakpoint
-- A continued row moves only as CONTINUED_MOVES in lib/model/states.ts says; a test compares the two.
CREATE FUNCTION app.continued_moves() RETURNS TABLE (from_state text, to_state text) LANGUAGE sql IMMUTABLE AS $$
  VALUES
    ('queued', 'sending'), ('queued', 'posted'), ('queued', 'held'),
    ('sending', 'posted'), ('sending', 'rejected'), ('sending', 'queued'), ('sending', 'unknown'),
    ('unknown', 'posted'), ('unknown', 'queued'), ('unknown', 'rejected'),
    ('held', 'queued'),
    ('rejected', 'queued')
$$;
--> statement-breakpoint
-- Whoever would withdraw, mark, renew or replace it meets this, whatever statement forgot about it.
CREATE FUNCTION app.guard_continued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state IS DISTINCT FROM NEW.state
    AND NOT EXISTS (SELECT FROM app.continued_moves() m WHERE m.from_state = OLD.state AND m.to_state = NEW.state) THEN
    RAISE EXCEPTION 'posting % has steps to come in the package, and may not move from % to %', OLD.id, OLD.state, NEW.state
      USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.revision <> OLD.revision OR NEW.current <> OLD.current OR NEW.aside IS NOT NULL OR NEW.continued <> (NEW.state <> 'posted') THEN
    RAISE EXCEPTION 'posting % has steps to come in the package, and is neither renewed nor put aside', OLD.id
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER postings_continued BEFORE UPDATE ON postings FOR EACH ROW WHEN (OLD.continued) EXECUTE FUNCTION app.guard_continued();
--> statement-breakpoint
DROP TRIGGER postings_move ON postings;
--> statement-breakpoint
CREATE TRIGGER postings_move BEFORE UPDATE OF state ON postings
  FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state AND NOT OLD.continued) EXECUTE FUNCTION app.check_posting_move();
