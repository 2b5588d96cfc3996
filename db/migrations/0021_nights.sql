CREATE TABLE "call_counts" (
	"connection_id" uuid NOT NULL,
	"client_id" uuid NOT NULL,
	"on" date NOT NULL,
	"calls" integer DEFAULT 0 NOT NULL,
	"bytes_in" bigint DEFAULT 0 NOT NULL,
	"bytes_out" bigint DEFAULT 0 NOT NULL,
	"egress" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "call_counts_connection_id_on_pk" PRIMARY KEY("connection_id","on")
);
--> statement-breakpoint
ALTER TABLE "call_counts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "client_figures" (
	"client_id" uuid PRIMARY KEY NOT NULL,
	"pending" integer DEFAULT 0 NOT NULL,
	"errors" integer DEFAULT 0 NOT NULL,
	"checking" integer DEFAULT 0 NOT NULL,
	"unmapped" integer DEFAULT 0 NOT NULL,
	"incoming" integer DEFAULT 0 NOT NULL,
	"drafts" integer DEFAULT 0 NOT NULL,
	"drifted" integer DEFAULT 0 NOT NULL,
	"oldest_unsent_on" date,
	"pending_minor" bigint DEFAULT 0 NOT NULL,
	"errors_minor" bigint DEFAULT 0 NOT NULL,
	"incoming_minor" bigint DEFAULT 0 NOT NULL,
	"drafts_minor" bigint DEFAULT 0 NOT NULL,
	"refreshed_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "client_figures" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "figure_marks" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"client_id" uuid NOT NULL
);
--> statement-breakpoint
ALTER TABLE "figure_marks" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "night_schedules" (
	"connection_id" uuid PRIMARY KEY NOT NULL,
	"client_id" uuid NOT NULL,
	"hour" integer DEFAULT 2 NOT NULL,
	"zone" text,
	"next_at" timestamp with time zone,
	"event_at" timestamp with time zone,
	"turn" integer DEFAULT 0 NOT NULL,
	"whole_at" timestamp with time zone,
	CONSTRAINT "night_schedules_hour_check" CHECK (hour between 0 and 23)
);
--> statement-breakpoint
ALTER TABLE "night_schedules" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "nights" (
	"night_on" date PRIMARY KEY NOT NULL,
	"started_at" timestamp with time zone DEFAULT app.now() NOT NULL,
	"ended_at" timestamp with time zone,
	"total" integer DEFAULT 0 NOT NULL,
	"done" integer DEFAULT 0 NOT NULL,
	"changed" integer DEFAULT 0 NOT NULL,
	"failed" integer DEFAULT 0 NOT NULL,
	"calls" bigint DEFAULT 0 NOT NULL,
	"bytes_in" bigint DEFAULT 0 NOT NULL,
	"enqueue_seconds" double precision DEFAULT 0 NOT NULL,
	"forecast_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "package_contacts" (
	"client_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"external_id" text NOT NULL,
	"name" text NOT NULL,
	"number" text,
	"status" text NOT NULL,
	"merged_into" text,
	"changed_at" timestamp with time zone,
	"seen_at" timestamp with time zone DEFAULT app.now() NOT NULL,
	CONSTRAINT "package_contacts_connection_id_external_id_pk" PRIMARY KEY("connection_id","external_id")
);
--> statement-breakpoint
ALTER TABLE "package_contacts" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "webhook_events" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"package" text NOT NULL,
	"tenant_id" text NOT NULL,
	"resource_id" text NOT NULL,
	"category" text NOT NULL,
	"type" text NOT NULL,
	"event_at" timestamp with time zone NOT NULL,
	"received_at" timestamp with time zone DEFAULT app.now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "webhook_states" (
	"package" text PRIMARY KEY NOT NULL,
	"valid_at" timestamp with time zone,
	"forged_at" timestamp with time zone,
	"whole_since" timestamp with time zone,
	"last_sequence" bigint
);
--> statement-breakpoint
ALTER TABLE "connections" ADD COLUMN "contacts_cursor" text;--> statement-breakpoint
ALTER TABLE "connections" ADD COLUMN "contacts_as_of" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "night_on" date;--> statement-breakpoint
ALTER TABLE "call_counts" ADD CONSTRAINT "call_counts_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_counts" ADD CONSTRAINT "call_counts_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "client_figures" ADD CONSTRAINT "client_figures_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "figure_marks" ADD CONSTRAINT "figure_marks_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "night_schedules" ADD CONSTRAINT "night_schedules_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "night_schedules" ADD CONSTRAINT "night_schedules_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "package_contacts" ADD CONSTRAINT "package_contacts_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "package_contacts" ADD CONSTRAINT "package_contacts_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "call_counts_on_idx" ON "call_counts" USING btree ("on");--> statement-breakpoint
CREATE INDEX "call_counts_client_idx" ON "call_counts" USING btree ("client_id","on");--> statement-breakpoint
CREATE INDEX "client_figures_errors_idx" ON "client_figures" USING btree ("client_id") WHERE errors > 0;--> statement-breakpoint
CREATE INDEX "client_figures_pending_idx" ON "client_figures" USING btree ("client_id") WHERE pending > 0;--> statement-breakpoint
CREATE INDEX "client_figures_unmapped_idx" ON "client_figures" USING btree ("client_id") WHERE unmapped > 0;--> statement-breakpoint
CREATE INDEX "client_figures_checking_idx" ON "client_figures" USING btree ("client_id") WHERE checking > 0;--> statement-breakpoint
CREATE INDEX "client_figures_incoming_idx" ON "client_figures" USING btree ("client_id") WHERE incoming > 0;--> statement-breakpoint
CREATE INDEX "night_schedules_next_idx" ON "night_schedules" USING btree ("next_at");--> statement-breakpoint
CREATE INDEX "night_schedules_client_idx" ON "night_schedules" USING btree ("client_id");--> statement-breakpoint
CREATE UNIQUE INDEX "webhook_events_once_key" ON "webhook_events" USING btree ("package","tenant_id","resource_id","category","event_at");--> statement-breakpoint
CREATE INDEX "webhook_events_received_idx" ON "webhook_events" USING btree ("received_at");--> statement-breakpoint
CREATE INDEX "postings_draft_idx" ON "postings" USING btree ("client_id") WHERE current and held_as_draft;--> statement-breakpoint
CREATE INDEX "postings_drifted_idx" ON "postings" USING btree ("client_id") WHERE current and state = 'drifted';--> statement-breakpoint
CREATE UNIQUE INDEX "runs_night_key" ON "runs" USING btree ("connection_id","night_on") WHERE night_on is not null;--> statement-breakpoint
CREATE INDEX "runs_night_open_idx" ON "runs" USING btree ("night_on","state","id") WHERE night_on is not null and state in ('waiting','running','stopping','failed');--> statement-breakpoint
CREATE INDEX "runs_night_idx" ON "runs" USING btree ("night_on","id") WHERE night_on is not null;--> statement-breakpoint
CREATE POLICY "client_isolation" ON "call_counts" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "client_isolation" ON "client_figures" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "client_isolation" ON "figure_marks" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "client_isolation" ON "night_schedules" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "client_isolation" ON "package_contacts" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
ALTER TABLE "call_counts" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "client_figures" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "figure_marks" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "night_schedules" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "package_contacts" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
-- One moment for each local date, however the clocks are changed: an hour that is left out is the one after it, one that comes twice counts once.
CREATE FUNCTION app.night_of(day date, zone text, hour integer) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT (day + make_time(hour, 0, 0)) AT TIME ZONE zone
$$;
--> statement-breakpoint
CREATE FUNCTION app.next_night(after timestamptz, zone text, hour integer) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN app.night_of((after AT TIME ZONE zone)::date, zone, hour) > after THEN app.night_of((after AT TIME ZONE zone)::date, zone, hour)
    ELSE app.night_of((after AT TIME ZONE zone)::date + 1, zone, hour) END
$$;
--> statement-breakpoint
-- The date of the last night that has begun.
CREATE FUNCTION app.last_night(at timestamptz, zone text, hour integer) RETURNS date LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN app.night_of((at AT TIME ZONE zone)::date, zone, hour) <= at THEN (at AT TIME ZONE zone)::date ELSE (at AT TIME ZONE zone)::date - 1 END
$$;
--> statement-breakpoint
CREATE FUNCTION app.mark_figures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO figure_marks (client_id) SELECT DISTINCT client_id FROM changed;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER postings_made_mark AFTER INSERT ON postings REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.mark_figures();--> statement-breakpoint
CREATE TRIGGER postings_moved_mark AFTER UPDATE ON postings REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.mark_figures();--> statement-breakpoint
CREATE TRIGGER postings_gone_mark AFTER DELETE ON postings REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.mark_figures();--> statement-breakpoint
CREATE TRIGGER incoming_made_mark AFTER INSERT ON incoming_payments REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.mark_figures();--> statement-breakpoint
CREATE TRIGGER incoming_moved_mark AFTER UPDATE ON incoming_payments REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.mark_figures();--> statement-breakpoint
CREATE TRIGGER incoming_gone_mark AFTER DELETE ON incoming_payments REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.mark_figures();--> statement-breakpoint
-- A mapping of the practice is every client's.
CREATE FUNCTION app.mark_mapped() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM changed WHERE client_id IS NULL) THEN
    INSERT INTO figure_marks (client_id) SELECT id FROM clients;
  ELSE
    INSERT INTO figure_marks (client_id) SELECT DISTINCT client_id FROM changed;
  END IF;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER mapping_made_mark AFTER INSERT ON mapping_rows REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.mark_mapped();--> statement-breakpoint
CREATE TRIGGER mapping_moved_mark AFTER UPDATE ON mapping_rows REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.mark_mapped();--> statement-breakpoint
CREATE TRIGGER mapping_gone_mark AFTER DELETE ON mapping_rows REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.mark_mapped();--> statement-breakpoint
CREATE FUNCTION app.begin_figures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO client_figures (client_id) SELECT id FROM made ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER clients_made_figures AFTER INSERT ON clients REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION app.begin_figures();--> statement-breakpoint
CREATE FUNCTION app.begin_schedule() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO night_schedules (connection_id, client_id) SELECT id, client_id FROM made ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER connections_made_schedule AFTER INSERT ON connections REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION app.begin_schedule();--> statement-breakpoint
SELECT set_config('app.all_clients', 'on', true);--> statement-breakpoint
INSERT INTO client_figures (client_id) SELECT id FROM clients ON CONFLICT DO NOTHING;--> statement-breakpoint
INSERT INTO figure_marks (client_id) SELECT id FROM clients;--> statement-breakpoint
INSERT INTO night_schedules (connection_id, client_id) SELECT id, client_id FROM connections ON CONFLICT DO NOTHING;--> statement-breakpoint
SELECT set_config('app.all_clients', 'off', true);
