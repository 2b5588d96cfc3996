ALTER TABLE "document_lines" DROP CONSTRAINT "document_lines_document_id_documents_id_fk";
--> statement-breakpoint
ALTER TABLE "documents" DROP CONSTRAINT "documents_client_id_clients_id_fk";
