ALTER TABLE "posting_attempts" ALTER COLUMN "posting_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "attachments" ADD COLUMN "generation" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "posting_attempts" ADD COLUMN "attachment_id" uuid;--> statement-breakpoint
CREATE INDEX "posting_attempts_attachment_idx" ON "posting_attempts" USING btree ("attachment_id") WHERE attachment_id is not null;--> statement-breakpoint
CREATE INDEX "posting_attempts_file_idx" ON "posting_attempts" USING btree ((sent ->> 'documentId')) WHERE attachment_id is not null;--> statement-breakpoint
ALTER TABLE "posting_attempts" ADD CONSTRAINT "posting_attempts_subject" CHECK (num_nonnulls(posting_id, attachment_id) = 1);--> statement-breakpoint
-- By hand: files that were tried before their calls were kept never send under a key that they had.
SELECT set_config('app.all_clients', 'on', true);--> statement-breakpoint
UPDATE attachments SET generation = tries + 1 WHERE tries > 0;--> statement-breakpoint
SELECT set_config('app.all_clients', 'off', true);
