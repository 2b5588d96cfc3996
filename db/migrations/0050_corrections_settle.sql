CREATE TABLE "credit_allocations" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"client_id" uuid NOT NULL,
	"reissue_id" uuid NOT NULL,
	"document_id" uuid NOT NULL,
	"reference" text NOT NULL,
	"allocated_on" date NOT NULL,
	"currency" text NOT NULL,
	"amount_minor" bigint NOT NULL,
	"read_at" timestamp with time zone,
	CONSTRAINT "credit_allocations_amount_check" CHECK (amount_minor >= 0)
);
--> statement-breakpoint
ALTER TABLE "credit_allocations" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "reissues" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"client_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"document_id" uuid NOT NULL,
	"sent_revision" integer NOT NULL,
	"credit_note_id" uuid NOT NULL,
	"reissue_id" uuid,
	"made_by" text NOT NULL,
	"made_at" timestamp with time zone DEFAULT app.now() NOT NULL,
	"credit_left_minor" bigint,
	"still_open_minor" bigint,
	"dismissed_at" timestamp with time zone,
	"dismissed_by" text,
	"dismissed_why" text
);
--> statement-breakpoint
ALTER TABLE "reissues" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "connections" ALTER COLUMN "entities_on" SET DEFAULT array['customer','supplier','product','sales-invoice','bill','sales-credit-note','supplier-credit-note','payment','journal','allocation']::text[];--> statement-breakpoint
ALTER TABLE "credit_allocations" ADD CONSTRAINT "credit_allocations_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "credit_allocations" ADD CONSTRAINT "credit_allocations_reissue_id_reissues_id_fk" FOREIGN KEY ("reissue_id") REFERENCES "public"."reissues"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "credit_allocations" ADD CONSTRAINT "credit_allocations_document_id_documents_id_fk" FOREIGN KEY ("document_id") REFERENCES "public"."documents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reissues" ADD CONSTRAINT "reissues_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reissues" ADD CONSTRAINT "reissues_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reissues" ADD CONSTRAINT "reissues_document_id_documents_id_fk" FOREIGN KEY ("document_id") REFERENCES "public"."documents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reissues" ADD CONSTRAINT "reissues_credit_note_id_documents_id_fk" FOREIGN KEY ("credit_note_id") REFERENCES "public"."documents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reissues" ADD CONSTRAINT "reissues_reissue_id_documents_id_fk" FOREIGN KEY ("reissue_id") REFERENCES "public"."documents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "credit_allocations_document_key" ON "credit_allocations" USING btree ("reissue_id","document_id");--> statement-breakpoint
CREATE INDEX "credit_allocations_client_idx" ON "credit_allocations" USING btree ("client_id");--> statement-breakpoint
CREATE INDEX "credit_allocations_document_idx" ON "credit_allocations" USING btree ("document_id");--> statement-breakpoint
CREATE UNIQUE INDEX "reissues_credit_note_key" ON "reissues" USING btree ("credit_note_id");--> statement-breakpoint
CREATE INDEX "reissues_client_idx" ON "reissues" USING btree ("client_id","made_at");--> statement-breakpoint
CREATE INDEX "reissues_document_idx" ON "reissues" USING btree ("document_id");--> statement-breakpoint
CREATE INDEX "reissues_reissue_idx" ON "reissues" USING btree ("reissue_id");--> statement-breakpoint
CREATE INDEX "reissues_left_idx" ON "reissues" USING btree ("client_id") WHERE dismissed_at is null and (credit_left_minor <> 0 or still_open_minor <> 0);--> statement-breakpoint
CREATE POLICY "client_isolation" ON "credit_allocations" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "client_isolation" ON "reissues" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
-- By hand:
ALTER TABLE "reissues" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "credit_allocations" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
-- Where documents go, their corrections may settle what they may.
UPDATE connections SET entities_on = entities_on || '{allocation}'::text[] WHERE NOT 'allocation' = ANY (entities_on);
