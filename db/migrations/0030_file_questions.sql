CREATE TABLE "import_answers" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"client_id" uuid NOT NULL,
	"profile_name" text NOT NULL,
	"headings" text NOT NULL,
	"question_id" text NOT NULL,
	"value" text NOT NULL,
	"answered_by" text NOT NULL,
	"answered_at" timestamp with time zone DEFAULT app.now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "import_answers" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "import_bytes" (
	"client_id" uuid NOT NULL,
	"import_id" uuid NOT NULL,
	"piece" integer NOT NULL,
	"packed" "bytea" NOT NULL,
	CONSTRAINT "import_bytes_import_id_piece_pk" PRIMARY KEY("import_id","piece")
);
--> statement-breakpoint
ALTER TABLE "import_bytes" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "file_imports" ADD COLUMN "answers" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "import_answers" ADD CONSTRAINT "import_answers_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "import_answers_key" ON "import_answers" USING btree ("client_id","profile_name","headings","question_id");--> statement-breakpoint
CREATE POLICY "client_isolation" ON "import_answers" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "client_isolation" ON "import_bytes" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
-- By hand:
ALTER TABLE "import_answers" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "import_bytes" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
-- As the rest of staging: it can be made again from the file.
ALTER TABLE "import_bytes" SET UNLOGGED;--> statement-breakpoint
-- Its pieces are compressed already.
ALTER TABLE "import_bytes" ALTER COLUMN "packed" SET STORAGE EXTERNAL;
