CREATE TABLE "app_call_counts" (
	"package" text NOT NULL,
	"on" date NOT NULL,
	"calls" bigint DEFAULT 0 NOT NULL,
	"bytes_in" bigint DEFAULT 0 NOT NULL,
	"bytes_out" bigint DEFAULT 0 NOT NULL,
	"egress" bigint DEFAULT 0 NOT NULL,
	"counted_at" timestamp with time zone DEFAULT app.now() NOT NULL,
	CONSTRAINT "app_call_counts_package_on_pk" PRIMARY KEY("package","on")
);
--> statement-breakpoint
DROP INDEX "night_schedules_next_idx";--> statement-breakpoint
ALTER TABLE "client_figures" ADD COLUMN "drifted_minor" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "night_schedules" ADD COLUMN "enabled" boolean DEFAULT true NOT NULL;--> statement-breakpoint
CREATE INDEX "posting_attempts_run_idx" ON "posting_attempts" USING btree ("run_id","posting_id") WHERE run_id is not null;--> statement-breakpoint
CREATE INDEX "runs_night_busy_idx" ON "runs" USING btree ("night_on","client_id") WHERE night_on is not null and (total > 0 or (detail ->> 'changed')::int > 0);--> statement-breakpoint
CREATE INDEX "night_schedules_next_idx" ON "night_schedules" USING btree ("next_at") WHERE enabled;--> statement-breakpoint
ALTER TABLE "night_schedules" DROP COLUMN "turn";--> statement-breakpoint
ALTER TABLE "night_schedules" DROP COLUMN "whole_at";