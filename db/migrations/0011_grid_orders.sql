DROP INDEX "postings_grid_idx";--> statement-breakpoint
CREATE INDEX "postings_gross_idx" ON "postings" USING btree ("client_id","panel","gross_minor","id") WHERE current;--> statement-breakpoint
CREATE INDEX "postings_party_idx" ON "postings" USING btree ("client_id","panel","party","id") WHERE current;--> statement-breakpoint
CREATE INDEX "postings_number_idx" ON "postings" USING btree ("client_id","panel","reference","id") WHERE current;--> statement-breakpoint
CREATE INDEX "postings_grid_idx" ON "postings" USING btree ("client_id","panel","issued_on","reference","id") WHERE current;