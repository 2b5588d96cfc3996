CREATE TABLE "import_documents" (
	"client_id" uuid NOT NULL,
	"import_id" uuid NOT NULL,
	"line_kind" text NOT NULL,
	"kind" text NOT NULL,
	"reference" text NOT NULL,
	"number" text NOT NULL,
	"first_line" integer NOT NULL,
	"last_line" integer NOT NULL,
	"line_count" integer NOT NULL,
	"issued_on" date NOT NULL,
	"due_on" date NOT NULL,
	"currency" text NOT NULL,
	"contact_reference" text NOT NULL,
	"contact_name" text,
	"contact_email" text,
	"country" text,
	"sign" integer NOT NULL,
	"net_minor" bigint NOT NULL,
	"tax_minor" bigint NOT NULL,
	"heads_differ" boolean NOT NULL,
	"content_sha" text NOT NULL,
	"set_aside" text,
	"action" text,
	"document_id" uuid NOT NULL,
	CONSTRAINT "import_documents_import_id_first_line_pk" PRIMARY KEY("import_id","first_line")
);
--> statement-breakpoint
ALTER TABLE "import_documents" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "import_faults" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "import_faults_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"client_id" uuid NOT NULL,
	"import_id" uuid NOT NULL,
	"line_number" integer NOT NULL,
	"field" text NOT NULL,
	"value" text NOT NULL,
	"rule" text NOT NULL,
	"fixer" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "import_faults" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "import_lines" (
	"client_id" uuid NOT NULL,
	"import_id" uuid NOT NULL,
	"line_number" integer NOT NULL,
	"kind" text NOT NULL,
	"reference" text NOT NULL,
	"head" text NOT NULL,
	"content" text NOT NULL,
	"net_minor" bigint NOT NULL,
	"tax_minor" bigint NOT NULL,
	"hash_a" bigint NOT NULL,
	"hash_b" bigint NOT NULL,
	"turned_a" bigint,
	"turned_b" bigint,
	"contact_name" text,
	"contact_email" text,
	"set_aside" text,
	"raw" text,
	CONSTRAINT "import_lines_import_id_line_number_pk" PRIMARY KEY("import_id","line_number")
);
--> statement-breakpoint
ALTER TABLE "import_lines" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE INDEX "import_faults_grid_idx" ON "import_faults" USING btree ("import_id","line_number","id");--> statement-breakpoint
CREATE INDEX "import_lines_set_aside_idx" ON "import_lines" USING btree ("import_id") WHERE set_aside is not null;--> statement-breakpoint
CREATE POLICY "client_isolation" ON "import_documents" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "client_isolation" ON "import_faults" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "client_isolation" ON "import_lines" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
-- Row-level security holds for the owner too; and what can be read from the file again needs no log.
ALTER TABLE "import_documents" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "import_faults" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "import_lines" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "import_documents" SET UNLOGGED;--> statement-breakpoint
ALTER TABLE "import_faults" SET UNLOGGED;--> statement-breakpoint
ALTER TABLE "import_lines" SET UNLOGGED;
