ALTER TABLE "payments" ADD COLUMN "bank_amount_minor" bigint;--> statement-breakpoint
ALTER TABLE "payments" ADD COLUMN "bank_currency" text;--> statement-breakpoint
ALTER TABLE "incoming_payment_lines" ADD COLUMN "bank_amount" text;