ALTER TABLE "documents" ADD COLUMN "source_id" text;--> statement-breakpoint
ALTER TABLE "documents" ADD COLUMN "again_of" text;--> statement-breakpoint
ALTER TABLE "import_documents" ADD COLUMN "source_id" text;--> statement-breakpoint
ALTER TABLE "import_documents" ADD COLUMN "again_of" text;--> statement-breakpoint
ALTER TABLE "import_documents" ADD COLUMN "kept_as" text;--> statement-breakpoint
CREATE UNIQUE INDEX "documents_source_id_key" ON "documents" USING btree ("client_id","kind","source_id") WHERE source_id is not null;--> statement-breakpoint
CREATE INDEX "documents_again_of_idx" ON "documents" USING btree ("client_id","kind","again_of") WHERE again_of is not null;