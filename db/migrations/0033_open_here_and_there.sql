ALTER TABLE "documents" ADD COLUMN "there_minor" bigint;--> statement-breakpoint
ALTER TABLE "incoming_payments" ADD COLUMN "kind_said" text;--> statement-breakpoint
ALTER TABLE "package_documents" ADD COLUMN "status_said" text;--> statement-breakpoint
ALTER TABLE "package_documents" ADD COLUMN "read_at" timestamp with time zone DEFAULT app.now() NOT NULL;--> statement-breakpoint
ALTER TABLE "package_documents" ADD COLUMN "paid_minor" bigint;--> statement-breakpoint
ALTER TABLE "package_documents" ADD COLUMN "last_paid_on" date;--> statement-breakpoint
ALTER TABLE "package_documents" ADD COLUMN "open_due" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "package_documents" ADD COLUMN "open_asked" text;--> statement-breakpoint
CREATE INDEX "documents_apart_idx" ON "documents" USING btree ("client_id") WHERE status = 'open' and there_minor <> gross_minor - paid_minor - settled_minor;--> statement-breakpoint
CREATE INDEX "incoming_payment_lines_document_idx" ON "incoming_payment_lines" USING btree ("connection_id","document_external_id");--> statement-breakpoint
CREATE INDEX "package_documents_open_idx" ON "package_documents" USING btree ("connection_id") WHERE open_due;--> statement-breakpoint
-- By hand: what was read before is held against ours at once.
SELECT set_config('app.all_clients', 'on', true);--> statement-breakpoint
UPDATE documents d SET there_minor = p.due_minor FROM package_documents p
JOIN external_refs r ON r.connection_id = p.connection_id AND r.family = 'document' AND r.external_id = p.external_id
JOIN connections c ON c.id = p.connection_id AND c.state <> 'disconnected'
WHERE d.id = r.record_id AND p.status IN ('open', 'paid');--> statement-breakpoint
UPDATE package_documents p SET open_due = true FROM external_refs r JOIN documents d ON d.id = r.record_id
WHERE r.connection_id = p.connection_id AND r.family = 'document' AND r.external_id = p.external_id
  AND d.status = 'open' AND d.there_minor <> d.gross_minor - d.paid_minor - d.settled_minor;--> statement-breakpoint
SELECT set_config('app.all_clients', 'off', true);
