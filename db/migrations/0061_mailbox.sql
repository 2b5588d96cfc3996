CREATE TABLE "collector_visits" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"client_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"machine" text DEFAULT '' NOT NULL,
	"opened_at" timestamp with time zone DEFAULT app.now() NOT NULL,
	"seen_at" timestamp with time zone DEFAULT app.now() NOT NULL,
	"worked_at" timestamp with time zone DEFAULT app.now() NOT NULL,
	"ended_at" timestamp with time zone,
	"ended_how" text,
	CONSTRAINT "collector_visits_end_check" CHECK ((ended_at is null) = (ended_how is null))
);
--> statement-breakpoint
ALTER TABLE "collector_visits" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "mailbox_messages" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"client_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"state" text DEFAULT 'ready' NOT NULL,
	"idempotency_key" text,
	"message" json NOT NULL,
	"take_until" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT app.now() NOT NULL,
	"visit_id" uuid,
	"taken_at" timestamp with time zone,
	"answered_at" timestamp with time zone,
	"status" integer,
	"answer_headers" jsonb,
	"answer" "bytea",
	CONSTRAINT "mailbox_messages_state_check" CHECK (state in ('ready','taken','lost','answered'))
);
--> statement-breakpoint
ALTER TABLE "mailbox_messages" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "collector_visits" ADD CONSTRAINT "collector_visits_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "collector_visits" ADD CONSTRAINT "collector_visits_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mailbox_messages" ADD CONSTRAINT "mailbox_messages_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mailbox_messages" ADD CONSTRAINT "mailbox_messages_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mailbox_messages" ADD CONSTRAINT "mailbox_messages_visit_id_collector_visits_id_fk" FOREIGN KEY ("visit_id") REFERENCES "public"."collector_visits"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "collector_visits_open_key" ON "collector_visits" USING btree ("connection_id") WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX "collector_visits_connection_idx" ON "collector_visits" USING btree ("connection_id","opened_at");--> statement-breakpoint
CREATE INDEX "mailbox_messages_connection_idx" ON "mailbox_messages" USING btree ("connection_id","created_at");--> statement-breakpoint
CREATE INDEX "mailbox_messages_visit_idx" ON "mailbox_messages" USING btree ("visit_id");--> statement-breakpoint
CREATE INDEX "mailbox_messages_key_idx" ON "mailbox_messages" USING btree ("connection_id","idempotency_key") WHERE idempotency_key is not null;--> statement-breakpoint
CREATE POLICY "client_isolation" ON "collector_visits" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "client_isolation" ON "mailbox_messages" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
ALTER TABLE "collector_visits" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "mailbox_messages" FORCE ROW LEVEL SECURITY;
