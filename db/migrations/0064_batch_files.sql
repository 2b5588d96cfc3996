CREATE TABLE "batch_files" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"client_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"call_id" uuid NOT NULL,
	"state" text DEFAULT 'ready' NOT NULL,
	"file_name" text NOT NULL,
	"media_type" text NOT NULL,
	"bytes" "bytea" NOT NULL,
	"sha256" text NOT NULL,
	"records" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT app.now() NOT NULL,
	"handed_at" timestamp with time zone,
	"handed_by" text,
	"hand_outs" integer DEFAULT 0 NOT NULL,
	"answered_at" timestamp with time zone,
	"answered_by" text,
	"applied_at" timestamp with time zone,
	"taken_back_at" timestamp with time zone,
	"taken_back_by" text,
	CONSTRAINT "batch_files_state_check" CHECK (state in ('ready','handed','answered','taken-back')),
	CONSTRAINT "batch_files_handed_check" CHECK ((handed_at is null) = (hand_outs = 0)),
	CONSTRAINT "batch_files_answered_check" CHECK ((state <> 'answered' or (handed_at is not null and answered_at is not null)))
);
--> statement-breakpoint
ALTER TABLE "batch_files" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "read_backs" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"client_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"file_name" text NOT NULL,
	"bytes" "bytea" NOT NULL,
	"sha256" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT app.now() NOT NULL,
	"uploaded_by" text NOT NULL,
	"worked_at" timestamp with time zone,
	"seen" integer
);
--> statement-breakpoint
ALTER TABLE "read_backs" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "batch_files" ADD CONSTRAINT "batch_files_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "batch_files" ADD CONSTRAINT "batch_files_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "batch_files" ADD CONSTRAINT "batch_files_call_id_posting_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."posting_calls"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "read_backs" ADD CONSTRAINT "read_backs_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "read_backs" ADD CONSTRAINT "read_backs_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "batch_files_number_key" ON "batch_files" USING btree ("connection_id","number");--> statement-breakpoint
CREATE UNIQUE INDEX "batch_files_call_key" ON "batch_files" USING btree ("call_id");--> statement-breakpoint
CREATE INDEX "batch_files_unapplied_idx" ON "batch_files" USING btree ("connection_id") WHERE state = 'answered' and applied_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "read_backs_content_key" ON "read_backs" USING btree ("connection_id","sha256");--> statement-breakpoint
CREATE INDEX "read_backs_unworked_idx" ON "read_backs" USING btree ("connection_id") WHERE worked_at is null;--> statement-breakpoint
CREATE POLICY "client_isolation" ON "batch_files" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "client_isolation" ON "read_backs" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));
--> statement-breakpoint
-- By hand:
ALTER TABLE "batch_files" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "read_backs" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
-- What waits in a file moves by what an answer says of it, or a read shows; a test compares the table with LEGAL_MOVES in lib/model/states.ts.
CREATE OR REPLACE FUNCTION app.legal_moves() RETURNS TABLE (from_state text, to_state text) LANGUAGE sql IMMUTABLE AS $$
  VALUES
    ('pending', 'queued'), ('pending', 'held'), ('pending', 'skipped'),
    ('held', 'queued'), ('held', 'pending'), ('held', 'skipped'),
    ('queued', 'sending'), ('queued', 'waiting'), ('queued', 'held'), ('queued', 'pending'), ('queued', 'skipped'),
    ('waiting', 'sending'), ('waiting', 'posted'), ('waiting', 'queued'), ('waiting', 'rejected'), ('waiting', 'unknown'), ('waiting', 'pending'),
    ('sending', 'posted'), ('sending', 'rejected'), ('sending', 'queued'), ('sending', 'unknown'),
    ('unknown', 'posted'), ('unknown', 'queued'), ('unknown', 'conflict'), ('unknown', 'rejected'), ('unknown', 'dead'),
    ('posted', 'confirmed'), ('posted', 'drifted'),
    ('confirmed', 'drifted'),
    ('rejected', 'queued'), ('rejected', 'held'), ('rejected', 'skipped'), ('rejected', 'pending'),
    ('conflict', 'posted'), ('conflict', 'queued'), ('conflict', 'skipped'), ('conflict', 'pending'),
    ('drifted', 'confirmed'), ('drifted', 'posted'), ('drifted', 'queued'),
    ('skipped', 'pending'), ('skipped', 'posted'),
    ('dead', 'queued'), ('dead', 'skipped'), ('dead', 'pending')
$$;
--> statement-breakpoint
-- A file is imported whole or not at all, so that none of its rows is taken out of it: whatever statement would withdraw, hold, renew or
-- replace one of them meets this.
CREATE FUNCTION app.guard_waiting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_file text := (SELECT f.state FROM posting_attempts a JOIN batch_files f ON f.call_id = a.call_id
    WHERE a.posting_id = OLD.id AND a.generation = OLD.generation ORDER BY f.number DESC LIMIT 1);
BEGIN
  IF NEW.state IN ('queued', 'pending') AND v_file IS DISTINCT FROM 'taken-back' THEN
    RAISE EXCEPTION 'posting % stands in a file that may be imported, and does not go back', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state IN ('sending', 'posted', 'rejected', 'unknown') AND v_file IS DISTINCT FROM 'handed' AND v_file IS DISTINCT FROM 'answered' THEN
    RAISE EXCEPTION 'posting % stands in a file that nobody has, and nothing became of it', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.revision <> OLD.revision OR NEW.current <> OLD.current OR (NEW.aside IS NOT NULL AND NEW.state = 'waiting') THEN
    RAISE EXCEPTION 'posting % stands in a file, and is neither renewed nor put aside', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER postings_waiting BEFORE UPDATE ON postings FOR EACH ROW WHEN (OLD.state = 'waiting') EXECUTE FUNCTION app.guard_waiting();
