CREATE TABLE "link_choices" (
	"client_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"family" text NOT NULL,
	"record_id" uuid NOT NULL,
	"choice" text NOT NULL,
	"external_id" text,
	"actor" text NOT NULL,
	"at" timestamp with time zone DEFAULT app.now() NOT NULL,
	CONSTRAINT "link_choices_connection_id_family_record_id_pk" PRIMARY KEY("connection_id","family","record_id")
);
--> statement-breakpoint
ALTER TABLE "link_choices" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "link_choices" ADD CONSTRAINT "link_choices_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "link_choices" ADD CONSTRAINT "link_choices_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE POLICY "client_isolation" ON "link_choices" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
-- By hand:
ALTER TABLE "link_choices" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE FUNCTION app.end_link_choice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM link_choices WHERE connection_id = NEW.connection_id AND family = NEW.family AND record_id = NEW.record_id;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER external_refs_linked AFTER INSERT ON external_refs FOR EACH ROW
  WHEN (NEW.family IN ('contact', 'product')) EXECUTE FUNCTION app.end_link_choice();
