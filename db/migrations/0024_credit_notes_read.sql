ALTER TABLE "connections" ADD COLUMN "credit_notes_cursor" text;--> statement-breakpoint
ALTER TABLE "connections" ADD COLUMN "credit_notes_as_of" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "package_documents" ADD COLUMN "contact_external_id" text;