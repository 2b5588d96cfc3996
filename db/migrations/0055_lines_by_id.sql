ALTER TABLE "package_tax_rates" ALTER COLUMN "rate" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "package_accounts" ADD COLUMN "by_id" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "package_accounts" ADD COLUMN "match_key" text;--> statement-breakpoint
ALTER TABLE "package_tax_rates" ADD COLUMN "code" text;--> statement-breakpoint
ALTER TABLE "package_tax_rates" ADD COLUMN "attributes" jsonb;--> statement-breakpoint
ALTER TABLE "postings" ADD COLUMN "noted" jsonb;