DROP INDEX "runs_night_idx";--> statement-breakpoint
ALTER TABLE "client_figures" ADD COLUMN "currency" text DEFAULT 'GBP' NOT NULL;--> statement-breakpoint
CREATE INDEX "connections_lost_idx" ON "connections" USING btree ("client_id") WHERE state = 'lost';--> statement-breakpoint
CREATE INDEX "runs_night_idx" ON "runs" USING btree ("night_on","client_id") WHERE night_on is not null;--> statement-breakpoint
CREATE OR REPLACE FUNCTION app.begin_figures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO client_figures (client_id, currency) SELECT id, base_currency FROM made ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
--> statement-breakpoint
SELECT set_config('app.all_clients', 'on', true);--> statement-breakpoint
UPDATE client_figures f SET currency = c.base_currency FROM clients c WHERE c.id = f.client_id AND c.base_currency <> f.currency;--> statement-breakpoint
SELECT set_config('app.all_clients', 'off', true);
