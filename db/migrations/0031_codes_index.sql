DROP INDEX "document_lines_nominal_idx";--> statement-breakpoint
CREATE INDEX "document_lines_codes_idx" ON "document_lines" USING btree ("client_id","nominal_code","tax_code");