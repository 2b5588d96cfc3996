CREATE TABLE "alert_digest_problems" (
	"digest_id" uuid NOT NULL,
	"client_id" uuid NOT NULL,
	"code" text NOT NULL,
	"count" integer NOT NULL,
	CONSTRAINT "alert_digest_problems_digest_id_client_id_code_pk" PRIMARY KEY("digest_id","client_id","code")
);
--> statement-breakpoint
ALTER TABLE "alert_digest_problems" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "alert_digests" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"event_key" text NOT NULL,
	"at" timestamp with time zone DEFAULT app.now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "alert_outbox" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"client_id" uuid,
	"event" text NOT NULL,
	"event_key" text NOT NULL,
	"channel" text NOT NULL,
	"target_id" uuid NOT NULL,
	"subject" text NOT NULL,
	"text" text NOT NULL,
	"body" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT app.now() NOT NULL,
	"tries" integer DEFAULT 0 NOT NULL,
	"next_try_at" timestamp with time zone DEFAULT app.now() NOT NULL,
	"claimed_until" timestamp with time zone,
	"sent_at" timestamp with time zone,
	"failed_at" timestamp with time zone,
	"fault" text,
	CONSTRAINT "alert_outbox_ended_check" CHECK (sent_at is null or failed_at is null)
);
--> statement-breakpoint
ALTER TABLE "alert_outbox" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "alert_webhooks" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"url" text NOT NULL,
	"secret_sealed" text NOT NULL,
	"digest" boolean DEFAULT true NOT NULL,
	"immediate" boolean DEFAULT true NOT NULL,
	"created_at" timestamp with time zone DEFAULT app.now() NOT NULL,
	"created_by" text NOT NULL,
	"removed_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "handover_files" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"client_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"row_count" integer NOT NULL,
	"sha256" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT app.now() NOT NULL,
	"created_by" text NOT NULL,
	"acknowledged_at" timestamp with time zone,
	"acknowledged_by" text
);
--> statement-breakpoint
ALTER TABLE "handover_files" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "handover_rows" (
	"client_id" uuid NOT NULL,
	"file_id" uuid NOT NULL,
	"file_number" integer NOT NULL,
	"position" integer NOT NULL,
	"what" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"data" jsonb NOT NULL,
	CONSTRAINT "handover_rows_file_id_position_pk" PRIMARY KEY("file_id","position")
);
--> statement-breakpoint
ALTER TABLE "handover_rows" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "trace_parent" text;--> statement-breakpoint
ALTER TABLE "alert_digest_problems" ADD CONSTRAINT "alert_digest_problems_digest_id_alert_digests_id_fk" FOREIGN KEY ("digest_id") REFERENCES "public"."alert_digests"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alert_digest_problems" ADD CONSTRAINT "alert_digest_problems_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alert_outbox" ADD CONSTRAINT "alert_outbox_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "handover_files" ADD CONSTRAINT "handover_files_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "handover_rows" ADD CONSTRAINT "handover_rows_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "handover_rows" ADD CONSTRAINT "handover_rows_file_id_handover_files_id_fk" FOREIGN KEY ("file_id") REFERENCES "public"."handover_files"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "alert_digests_event_key" ON "alert_digests" USING btree ("event_key");--> statement-breakpoint
CREATE INDEX "alert_digests_at_idx" ON "alert_digests" USING btree ("at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "alert_outbox_once_key" ON "alert_outbox" USING btree ("event_key","target_id");--> statement-breakpoint
CREATE INDEX "alert_outbox_due_idx" ON "alert_outbox" USING btree ("next_try_at") WHERE sent_at is null and failed_at is null;--> statement-breakpoint
CREATE INDEX "alert_outbox_target_idx" ON "alert_outbox" USING btree ("target_id","created_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "handover_files_number_key" ON "handover_files" USING btree ("client_id","number");--> statement-breakpoint
CREATE UNIQUE INDEX "handover_files_one_open_key" ON "handover_files" USING btree ("client_id") WHERE acknowledged_at is null;--> statement-breakpoint
CREATE INDEX "handover_rows_subject_idx" ON "handover_rows" USING btree ("client_id","what","subject_id","file_number");--> statement-breakpoint
CREATE INDEX "postings_unknown_idx" ON "postings" USING btree ("sent_at") WHERE state = 'unknown';--> statement-breakpoint
CREATE POLICY "client_isolation" ON "alert_digest_problems" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "client_isolation" ON "alert_outbox" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "client_isolation" ON "handover_files" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "client_isolation" ON "handover_rows" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
ALTER TABLE "alert_digest_problems" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "alert_outbox" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "handover_files" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "handover_rows" FORCE ROW LEVEL SECURITY;
