CREATE TABLE "collector_logins" (
	"connection_id" uuid PRIMARY KEY NOT NULL,
	"client_id" uuid NOT NULL,
	"user_name" text NOT NULL,
	"password_hash" text NOT NULL,
	"made_by" text NOT NULL,
	"made_at" timestamp with time zone DEFAULT app.now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "collector_logins" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "collector_logins" ADD CONSTRAINT "collector_logins_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "collector_logins" ADD CONSTRAINT "collector_logins_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "collector_logins_user_name_key" ON "collector_logins" USING btree ("user_name");--> statement-breakpoint
CREATE POLICY "client_isolation" ON "collector_logins" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
-- By hand:
ALTER TABLE "collector_logins" FORCE ROW LEVEL SECURITY;
