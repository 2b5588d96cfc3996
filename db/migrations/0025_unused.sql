ALTER TABLE "webhook_states" DROP COLUMN "forged_at";--> statement-breakpoint
ALTER TABLE "rate_buckets" DROP COLUMN "window_start";--> statement-breakpoint
ALTER TABLE "rate_buckets" DROP COLUMN "taken";--> statement-breakpoint
DROP FUNCTION app.take_call(text, integer, interval);--> statement-breakpoint
DROP FUNCTION app.take_counted(text, integer, interval);
