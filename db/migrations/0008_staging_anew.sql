ALTER TABLE "import_documents" DISABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "import_faults" DISABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "import_lines" DISABLE ROW LEVEL SECURITY;--> statement-breakpoint
DROP POLICY "client_isolation" ON "import_documents" CASCADE;--> statement-breakpoint
DROP TABLE "import_documents" CASCADE;--> statement-breakpoint
DROP POLICY "client_isolation" ON "import_faults" CASCADE;--> statement-breakpoint
DROP TABLE "import_faults" CASCADE;--> statement-breakpoint
DROP POLICY "client_isolation" ON "import_lines" CASCADE;--> statement-breakpoint
DROP TABLE "import_lines" CASCADE;--> statement-breakpoint
ALTER TABLE "document_lines" DROP CONSTRAINT "document_lines_client_id_clients_id_fk";
--> statement-breakpoint
ALTER TABLE "document_lines" DROP CONSTRAINT "document_lines_product_id_products_id_fk";
