CREATE TABLE "demo_scene" (
	"id" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"done" integer DEFAULT 0 NOT NULL,
	"total" integer DEFAULT 0 NOT NULL,
	"ended_at" timestamp with time zone,
	"fault" text,
	CONSTRAINT "demo_scene_one_row" CHECK (id = 1)
);
--> statement-breakpoint
-- By hand: demos that were made before this is kept.
INSERT INTO demo_scene (id) SELECT 1 FROM practice WHERE name = 'Greentick demo practice';
