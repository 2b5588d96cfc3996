DROP INDEX "contacts_name_idx";--> statement-breakpoint
DROP INDEX "contacts_number_idx";--> statement-breakpoint
DROP INDEX "documents_number_idx";--> statement-breakpoint
DROP INDEX "payments_find_idx";--> statement-breakpoint
DROP INDEX "products_code_idx";--> statement-breakpoint
DROP INDEX "products_name_idx";--> statement-breakpoint
DROP INDEX "incoming_payments_find_idx";--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "name_folded" text GENERATED ALWAYS AS (lower(name)) STORED;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "reference_folded" text GENERATED ALWAYS AS (lower(reference)) STORED;--> statement-breakpoint
ALTER TABLE "documents" ADD COLUMN "number_folded" text GENERATED ALWAYS AS (lower(number)) STORED;--> statement-breakpoint
ALTER TABLE "payments" ADD COLUMN "reference_folded" text GENERATED ALWAYS AS (lower(reference)) STORED;--> statement-breakpoint
ALTER TABLE "products" ADD COLUMN "name_folded" text GENERATED ALWAYS AS (lower(name)) STORED;--> statement-breakpoint
ALTER TABLE "products" ADD COLUMN "reference_folded" text GENERATED ALWAYS AS (lower(reference)) STORED;--> statement-breakpoint
ALTER TABLE "incoming_payments" ADD COLUMN "reference_folded" text GENERATED ALWAYS AS (lower(reference)) STORED;--> statement-breakpoint
CREATE INDEX "contacts_name_idx" ON "contacts" USING btree ("client_id","name_folded" collate "C","id");--> statement-breakpoint
CREATE INDEX "contacts_number_idx" ON "contacts" USING btree ("client_id","reference_folded" collate "C","id");--> statement-breakpoint
CREATE INDEX "documents_number_idx" ON "documents" USING btree ("client_id","number_folded" collate "C","id");--> statement-breakpoint
CREATE INDEX "payments_find_idx" ON "payments" USING btree ("client_id","reference_folded" collate "C","id");--> statement-breakpoint
CREATE INDEX "products_code_idx" ON "products" USING btree ("client_id","reference_folded" collate "C","id");--> statement-breakpoint
CREATE INDEX "products_name_idx" ON "products" USING btree ("client_id","name_folded" collate "C","id");--> statement-breakpoint
CREATE INDEX "incoming_payments_find_idx" ON "incoming_payments" USING btree ("client_id","reference_folded" collate "C","id");