CREATE TABLE "tax_levels" (
	"client_id" uuid NOT NULL,
	"level" text NOT NULL,
	"subject" text DEFAULT '' NOT NULL,
	"side" text NOT NULL,
	"tax_code" text,
	"said_at" timestamp with time zone DEFAULT app.now() NOT NULL,
	"said_by" text NOT NULL,
	CONSTRAINT "tax_levels_client_id_level_subject_side_pk" PRIMARY KEY("client_id","level","subject","side")
);
--> statement-breakpoint
ALTER TABLE "tax_levels" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "tax_codes" ADD COLUMN "followed_by" text;--> statement-breakpoint
ALTER TABLE "tax_codes" ADD COLUMN "followed_from" date;--> statement-breakpoint
ALTER TABLE "tax_levels" ADD CONSTRAINT "tax_levels_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE POLICY "client_isolation" ON "tax_levels" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
-- By hand:
ALTER TABLE "tax_levels" FORCE ROW LEVEL SECURITY;
