ALTER TABLE "package_tax_rates" ADD COLUMN "recovers" text;--> statement-breakpoint
-- By hand:
-- Xero, the only package so far, reclaims what a rate charges on purchases unless its components say otherwise: the next read says it of each.
SELECT set_config('app.all_clients', 'on', true);--> statement-breakpoint
UPDATE package_tax_rates SET recovers = 'all' WHERE rate ~ '[1-9]' AND applies_to && ARRAY['expense', 'asset'];--> statement-breakpoint
-- A tax code's kind is kept by the code alone: an answer beside it would hold again once the kind was cleared.
DELETE FROM import_answers WHERE question_id LIKE 'tax-kind:%';--> statement-breakpoint
SELECT set_config('app.all_clients', 'off', true);
