CREATE TABLE "attachments" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"client_id" uuid NOT NULL,
	"document_id" uuid NOT NULL,
	"file_name" text NOT NULL,
	"media_type" text NOT NULL,
	"sha256" text NOT NULL,
	"bytes" integer NOT NULL,
	"content" "bytea" NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT app.now() NOT NULL,
	"state" text DEFAULT 'waiting' NOT NULL,
	"external_id" text,
	"error_code" text,
	"error_detail" jsonb,
	"tries" integer DEFAULT 0 NOT NULL,
	"sent_at" timestamp with time zone
);--> statement-breakpoint
ALTER TABLE "attachments" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "journal_lines" (
	"client_id" uuid NOT NULL,
	"journal_id" uuid NOT NULL,
	"revision" integer NOT NULL,
	"position" integer NOT NULL,
	"description" text NOT NULL,
	"nominal_code" text NOT NULL,
	"tax_code" text,
	"amount_minor" bigint NOT NULL,
	CONSTRAINT "journal_lines_journal_id_revision_position_pk" PRIMARY KEY("journal_id","revision","position")
);--> statement-breakpoint
ALTER TABLE "journal_lines" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "journals" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"client_id" uuid NOT NULL,
	"reference" text NOT NULL,
	"narration" text NOT NULL,
	"journal_on" date NOT NULL,
	"currency" text NOT NULL,
	"debit_minor" bigint NOT NULL,
	"status" text DEFAULT 'open' NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"content_sha" text NOT NULL,
	"import_id" uuid,
	"created_at" timestamp with time zone DEFAULT app.now() NOT NULL,
	"created_by" text NOT NULL,
	"changed_at" timestamp with time zone DEFAULT app.now() NOT NULL
);--> statement-breakpoint
ALTER TABLE "journals" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "product_groups" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"client_id" uuid NOT NULL,
	"code" text NOT NULL,
	"name" text NOT NULL,
	"sales_nominal_code" text,
	"purchase_nominal_code" text,
	"tax_code" text
);--> statement-breakpoint
ALTER TABLE "product_groups" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "package_documents" (
	"client_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"external_id" text NOT NULL,
	"kind" text NOT NULL,
	"number" text,
	"company" text NOT NULL,
	"issued_on" date,
	"currency" text NOT NULL,
	"gross_minor" bigint NOT NULL,
	"due_minor" bigint NOT NULL,
	"status" text NOT NULL,
	"changed_at" timestamp with time zone,
	"seen_at" timestamp with time zone DEFAULT app.now() NOT NULL,
	CONSTRAINT "package_documents_connection_id_external_id_pk" PRIMARY KEY("connection_id","external_id")
);--> statement-breakpoint
ALTER TABLE "package_documents" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "postings" ADD COLUMN "aside" text;--> statement-breakpoint
ALTER TABLE "postings" ADD COLUMN "aside_why" text;--> statement-breakpoint
ALTER TABLE "postings" ADD COLUMN "aside_by" text;--> statement-breakpoint
ALTER TABLE "postings" drop column "panel";--> statement-breakpoint
ALTER TABLE "postings" ADD COLUMN "panel" text GENERATED ALWAYS AS (case when state = 'pending' and aside is not null then 'aside' when state in ('pending','queued','waiting','sending') then 'pending' when state in ('posted','confirmed','drifted','skipped') then 'exported' else 'errors' end) STORED NOT NULL;--> statement-breakpoint
-- They went with the column that they were on.
CREATE INDEX "postings_grid_idx" ON "postings" USING btree ("client_id","panel","issued_on","reference","id") WHERE current;--> statement-breakpoint
CREATE INDEX "postings_gross_idx" ON "postings" USING btree ("client_id","panel","gross_minor","id") WHERE current;--> statement-breakpoint
CREATE INDEX "postings_party_idx" ON "postings" USING btree ("client_id","panel","party","id") WHERE current;--> statement-breakpoint
CREATE INDEX "postings_number_idx" ON "postings" USING btree ("client_id","panel","reference","id") WHERE current;--> statement-breakpoint
CREATE INDEX "postings_exported_idx" ON "postings" USING btree ("client_id","exported_at","id") WHERE current and panel = 'exported';--> statement-breakpoint
ALTER TABLE "connections" ADD COLUMN "module_on" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "connections" ADD COLUMN "start_on" date;--> statement-breakpoint
ALTER TABLE "connections" ADD COLUMN "entities_on" text[] DEFAULT array['customer','supplier','product','sales-invoice','bill','sales-credit-note','supplier-credit-note','payment','journal']::text[] NOT NULL;--> statement-breakpoint
ALTER TABLE "connections" ADD COLUMN "documents_cursor" text;--> statement-breakpoint
ALTER TABLE "connections" ADD COLUMN "documents_as_of" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "document_revisions" ADD COLUMN "status" text DEFAULT 'open' NOT NULL;--> statement-breakpoint
ALTER TABLE "document_revisions" ADD COLUMN "content_sha" text;--> statement-breakpoint
ALTER TABLE "document_revisions" ADD COLUMN "import_id" uuid;--> statement-breakpoint
ALTER TABLE "file_imports" ADD COLUMN "undone_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "file_imports" ADD COLUMN "undone_by" text;--> statement-breakpoint
ALTER TABLE "payments" ADD COLUMN "record_reference" text;--> statement-breakpoint
ALTER TABLE "payments" ADD COLUMN "revision" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "payments" ADD COLUMN "content_sha" text;--> statement-breakpoint
ALTER TABLE "payments" ADD COLUMN "import_id" uuid;--> statement-breakpoint
ALTER TABLE "payments" ADD COLUMN "changed_at" timestamp with time zone DEFAULT app.now() NOT NULL;--> statement-breakpoint
ALTER TABLE "products" ADD COLUMN "group_id" uuid;--> statement-breakpoint
ALTER TABLE "products" ADD COLUMN "sales_nominal_code" text;--> statement-breakpoint
ALTER TABLE "products" ADD COLUMN "purchase_nominal_code" text;--> statement-breakpoint
ALTER TABLE "products" ADD COLUMN "stock_nominal_code" text;--> statement-breakpoint
ALTER TABLE "products" ADD COLUMN "tax_code" text;--> statement-breakpoint
ALTER TABLE "attachments" ADD CONSTRAINT "attachments_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attachments" ADD CONSTRAINT "attachments_document_id_documents_id_fk" FOREIGN KEY ("document_id") REFERENCES "public"."documents"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "journal_lines" ADD CONSTRAINT "journal_lines_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "journal_lines" ADD CONSTRAINT "journal_lines_journal_id_journals_id_fk" FOREIGN KEY ("journal_id") REFERENCES "public"."journals"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "journals" ADD CONSTRAINT "journals_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "product_groups" ADD CONSTRAINT "product_groups_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "package_documents" ADD CONSTRAINT "package_documents_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "package_documents" ADD CONSTRAINT "package_documents_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "attachments_content_key" ON "attachments" USING btree ("document_id","file_name","sha256");--> statement-breakpoint
CREATE INDEX "attachments_waiting_idx" ON "attachments" USING btree ("client_id") WHERE state = 'waiting';--> statement-breakpoint
CREATE UNIQUE INDEX "journals_reference_key" ON "journals" USING btree ("client_id","reference");--> statement-breakpoint
CREATE INDEX "journals_grid_idx" ON "journals" USING btree ("client_id","journal_on","id");--> statement-breakpoint
CREATE UNIQUE INDEX "product_groups_code_key" ON "product_groups" USING btree ("client_id","code");--> statement-breakpoint
CREATE INDEX "package_documents_number_idx" ON "package_documents" USING btree ("connection_id","number");--> statement-breakpoint
ALTER TABLE "products" ADD CONSTRAINT "products_group_id_product_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."product_groups"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "payments_reference_key" ON "payments" USING btree ("client_id","record_reference");--> statement-breakpoint
CREATE POLICY "client_isolation" ON "attachments" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "client_isolation" ON "journal_lines" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "client_isolation" ON "journals" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "client_isolation" ON "product_groups" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "client_isolation" ON "package_documents" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
ALTER TABLE "attachments" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "journal_lines" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "journals" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "product_groups" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "package_documents" FORCE ROW LEVEL SECURITY;
