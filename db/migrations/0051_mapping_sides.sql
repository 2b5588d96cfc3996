DROP INDEX "mapping_rows_source_key";--> statement-breakpoint
ALTER TABLE "mapping_rows" ADD COLUMN "side" text DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "mapping_rows_source_key" ON "mapping_rows" USING btree ("set_id","kind","source_code","side");--> statement-breakpoint
ALTER TABLE "mapping_rows" ADD CONSTRAINT "mapping_rows_side_check" CHECK (side = '' or (kind = 'tax' and side in ('sales', 'purchase')));