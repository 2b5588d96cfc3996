ALTER TABLE "connections" ADD COLUMN "api_url" text;--> statement-breakpoint
ALTER TABLE "connections" ADD COLUMN "options" jsonb DEFAULT '{}'::jsonb NOT NULL;