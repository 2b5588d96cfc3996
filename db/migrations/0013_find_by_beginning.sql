DROP INDEX "contacts_name_idx";--> statement-breakpoint
DROP INDEX "documents_number_idx";--> statement-breakpoint
CREATE INDEX "contacts_number_idx" ON "contacts" USING btree ("client_id",lower("reference") collate "C","id");--> statement-breakpoint
CREATE INDEX "documents_gross_idx" ON "documents" USING btree ("client_id","gross_minor","id");--> statement-breakpoint
CREATE INDEX "payments_find_idx" ON "payments" USING btree ("client_id",lower("reference") collate "C","id");--> statement-breakpoint
CREATE INDEX "payments_amount_idx" ON "payments" USING btree ("client_id","amount_minor","id");--> statement-breakpoint
CREATE INDEX "products_code_idx" ON "products" USING btree ("client_id",lower("reference") collate "C","id");--> statement-breakpoint
CREATE INDEX "products_name_idx" ON "products" USING btree ("client_id",lower("name") collate "C","id");--> statement-breakpoint
CREATE INDEX "incoming_payments_find_idx" ON "incoming_payments" USING btree ("client_id",lower("reference") collate "C","id");--> statement-breakpoint
CREATE INDEX "incoming_payments_amount_idx" ON "incoming_payments" USING btree ("client_id","amount_minor","id");--> statement-breakpoint
CREATE INDEX "contacts_name_idx" ON "contacts" USING btree ("client_id",lower("name") collate "C","id");--> statement-breakpoint
CREATE INDEX "documents_number_idx" ON "documents" USING btree ("client_id",lower("number") collate "C","id");