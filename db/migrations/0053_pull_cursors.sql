CREATE TABLE "pull_cursors" (
	"connection_id" uuid NOT NULL,
	"client_id" uuid NOT NULL,
	"stream" text NOT NULL,
	"gives" text[] NOT NULL,
	"cursor" text,
	"as_of" timestamp with time zone,
	CONSTRAINT "pull_cursors_connection_id_stream_pk" PRIMARY KEY("connection_id","stream")
);
--> statement-breakpoint
ALTER TABLE "pull_cursors" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "pull_cursors" ADD CONSTRAINT "pull_cursors_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pull_cursors" ADD CONSTRAINT "pull_cursors_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE POLICY "client_isolation" ON "pull_cursors" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
-- By hand: every reading goes on from where it stands. Policies bind the owner too. Until now each stream gave one thing, its name.
ALTER TABLE "pull_cursors" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
SELECT set_config('app.all_clients', 'on', true);--> statement-breakpoint
INSERT INTO pull_cursors (connection_id, client_id, stream, gives, cursor, as_of)
  SELECT c.id, c.client_id, r.stream, ARRAY[r.stream], r.cursor, r.as_of FROM connections c
  CROSS JOIN LATERAL (VALUES
    ('documents', c.documents_cursor, c.documents_as_of),
    ('credit-notes', c.credit_notes_cursor, c.credit_notes_as_of),
    ('payments', c.payments_cursor, c.payments_as_of),
    ('contacts', c.contacts_cursor, c.contacts_as_of),
    ('products', c.products_cursor, c.products_as_of)) AS r(stream, cursor, as_of)
  WHERE r.cursor IS NOT NULL OR r.as_of IS NOT NULL;--> statement-breakpoint
ALTER TABLE "connections" DROP COLUMN "documents_cursor";--> statement-breakpoint
ALTER TABLE "connections" DROP COLUMN "documents_as_of";--> statement-breakpoint
ALTER TABLE "connections" DROP COLUMN "payments_cursor";--> statement-breakpoint
ALTER TABLE "connections" DROP COLUMN "payments_as_of";--> statement-breakpoint
ALTER TABLE "connections" DROP COLUMN "credit_notes_cursor";--> statement-breakpoint
ALTER TABLE "connections" DROP COLUMN "credit_notes_as_of";--> statement-breakpoint
ALTER TABLE "connections" DROP COLUMN "contacts_cursor";--> statement-breakpoint
ALTER TABLE "connections" DROP COLUMN "contacts_as_of";--> statement-breakpoint
ALTER TABLE "connections" DROP COLUMN "products_cursor";--> statement-breakpoint
ALTER TABLE "connections" DROP COLUMN "products_as_of";--> statement-breakpoint
-- The marks of the invariants, a row for each stream.
ALTER TABLE "reading_marks" DROP CONSTRAINT "reading_marks_pkey";--> statement-breakpoint
ALTER TABLE "reading_marks" ADD COLUMN "stream" text;--> statement-breakpoint
ALTER TABLE "reading_marks" ADD COLUMN "as_of" timestamp with time zone;--> statement-breakpoint
INSERT INTO reading_marks (connection_id, client_id, tenant_id, stream, as_of)
  SELECT m.connection_id, m.client_id, m.tenant_id, r.stream, r.as_of FROM reading_marks m
  CROSS JOIN LATERAL (VALUES ('documents', m.documents_as_of), ('payments', m.payments_as_of)) AS r(stream, as_of)
  WHERE r.as_of IS NOT NULL;--> statement-breakpoint
DELETE FROM reading_marks WHERE stream IS NULL;--> statement-breakpoint
ALTER TABLE "reading_marks" ALTER COLUMN "stream" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "reading_marks" ADD CONSTRAINT "reading_marks_connection_id_stream_pk" PRIMARY KEY("connection_id","stream");--> statement-breakpoint
ALTER TABLE "reading_marks" DROP COLUMN "documents_as_of";--> statement-breakpoint
ALTER TABLE "reading_marks" DROP COLUMN "payments_as_of";--> statement-breakpoint
SELECT set_config('app.all_clients', 'off', true);
