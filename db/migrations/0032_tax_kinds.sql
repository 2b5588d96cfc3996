ALTER TABLE "package_tax_rates" ADD COLUMN "self_accounts" boolean;--> statement-breakpoint
ALTER TABLE "tax_codes" ADD COLUMN "kind" text;--> statement-breakpoint
ALTER TABLE "tax_codes" ADD COLUMN "side" text;--> statement-breakpoint
ALTER TABLE "tax_codes" ADD COLUMN "said_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "tax_codes" ADD COLUMN "said_by" text;--> statement-breakpoint
-- By hand:
-- The codes of the profiles and of the demo that ship, where they are as they came: their kinds are stated there.
SELECT set_config('app.all_clients', 'on', true);--> statement-breakpoint
UPDATE tax_codes t SET kind = s.kind, side = s.side FROM (VALUES
  ('S', 'Standard rate', 20, 'standard', null), ('R', 'Reduced rate', 5, 'reduced', null), ('Z', 'Zero rate', 0, 'zero', null),
  ('E', 'Exempt', 0, 'exempt', null), ('N', 'No VAT', 0, 'outside-scope', null),
  ('UK17.5', 'UK standard rate until 3 January 2011', 17.5, 'standard', 'sales'), ('UK20', 'UK standard rate', 20, 'standard', 'sales'),
  ('ZERO', 'Outside the United Kingdom, zero', 0, 'zero', 'sales'),
  ('STD20', 'Standard rate 20%', 20, 'standard', null), ('STD175', 'Standard rate 17.5%', 17.5, 'standard', null),
  ('RED5', 'Reduced rate 5%', 5, 'reduced', null), ('ZERO', 'Zero rated', 0, 'zero', null),
  ('BUY20', 'Standard rate 20%, purchases', 20, 'standard', 'purchase'), ('BUY0', 'Zero rated, purchases', 0, 'zero', 'purchase')
) s (code, name, rate, kind, side) WHERE t.code = s.code AND t.name = s.name AND t.rate::numeric = s.rate;--> statement-breakpoint
SELECT set_config('app.all_clients', 'off', true);
