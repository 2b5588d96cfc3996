CREATE TABLE "package_locks" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"client_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"label" text NOT NULL,
	"from_on" date,
	"to_on" date NOT NULL,
	"kinds" text[],
	CONSTRAINT "package_locks_stretch_check" CHECK (from_on <= to_on)
);
--> statement-breakpoint
ALTER TABLE "package_locks" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "lock_moves" ADD COLUMN "kinds" text[];--> statement-breakpoint
ALTER TABLE "package_locks" ADD CONSTRAINT "package_locks_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "package_locks" ADD CONSTRAINT "package_locks_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "package_locks_connection_idx" ON "package_locks" USING btree ("connection_id");--> statement-breakpoint
CREATE POLICY "client_isolation" ON "package_locks" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
-- By hand: what was read is kept. Policies bind the owner too.
ALTER TABLE "package_locks" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
SELECT set_config('app.all_clients', 'on', true);--> statement-breakpoint
INSERT INTO package_locks (client_id, connection_id, label, to_on)
  SELECT c.client_id, c.id, l.label, l.to_on FROM connections c
  CROSS JOIN LATERAL (VALUES ('Period', c.period_lock_on), ('Year', c.year_lock_on)) AS l(label, to_on)
  WHERE l.to_on IS NOT NULL;--> statement-breakpoint
ALTER TABLE "connections" DROP COLUMN "period_lock_on";--> statement-breakpoint
ALTER TABLE "connections" DROP COLUMN "year_lock_on";--> statement-breakpoint
SELECT set_config('app.all_clients', 'off', true);
