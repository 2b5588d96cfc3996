ALTER TABLE "payments" ADD COLUMN "run_id" uuid;--> statement-breakpoint
ALTER TABLE "incoming_payments" ADD COLUMN "undone_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "payments_run_idx" ON "payments" USING btree ("run_id") WHERE run_id is not null;