CREATE TABLE "server_start" (
	"id" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"place" text NOT NULL,
	"seen_at" timestamp with time zone NOT NULL,
	"first" boolean NOT NULL,
	CONSTRAINT "server_start_one_row" CHECK (id = 1)
);
--> statement-breakpoint
SELECT set_config('app.all_clients', 'on', true);--> statement-breakpoint
-- What a database holds already may have been gone back to before anybody wrote this down.
INSERT INTO "server_start" ("started_at", "place", "seen_at", "first")
SELECT pg_postmaster_start_time(), pg_relation_filepath('server_start'), app.now(), NOT EXISTS (SELECT FROM "connections");--> statement-breakpoint
SELECT set_config('app.all_clients', 'off', true);
