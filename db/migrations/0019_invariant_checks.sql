CREATE TABLE "invariant_checks" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"asked_by" text,
	"asked_at" timestamp with time zone DEFAULT app.now() NOT NULL,
	"started_at" timestamp with time zone,
	"ended_at" timestamp with time zone,
	"broken" jsonb,
	"error" text
);
--> statement-breakpoint
CREATE TABLE "reading_marks" (
	"connection_id" uuid PRIMARY KEY NOT NULL,
	"client_id" uuid NOT NULL,
	"tenant_id" text NOT NULL,
	"documents_as_of" timestamp with time zone,
	"payments_as_of" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "reading_marks" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "reading_marks" ADD CONSTRAINT "reading_marks_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reading_marks" ADD CONSTRAINT "reading_marks_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "invariant_checks_asked_idx" ON "invariant_checks" USING btree ("asked_at");--> statement-breakpoint
CREATE POLICY "client_isolation" ON "reading_marks" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
ALTER TABLE "reading_marks" FORCE ROW LEVEL SECURITY;
