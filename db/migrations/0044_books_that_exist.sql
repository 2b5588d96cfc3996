CREATE TABLE "package_products" (
	"client_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"external_id" text NOT NULL,
	"code" text NOT NULL,
	"name" text NOT NULL,
	"seen_at" timestamp with time zone DEFAULT app.now() NOT NULL,
	CONSTRAINT "package_products_connection_id_external_id_pk" PRIMARY KEY("connection_id","external_id")
);
--> statement-breakpoint
ALTER TABLE "package_products" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "link_offers" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"client_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"family" text NOT NULL,
	"record_id" uuid NOT NULL,
	"what" text NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"sure" boolean NOT NULL,
	"candidates" jsonb NOT NULL,
	"ruled_out" text[] DEFAULT '{}' NOT NULL,
	"external_id" text,
	"created_at" timestamp with time zone DEFAULT app.now() NOT NULL,
	"answered_by" text,
	"answered_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "link_offers" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
DROP INDEX "external_refs_external_key";--> statement-breakpoint
DROP INDEX "external_refs_record_key";--> statement-breakpoint
ALTER TABLE "connections" ADD COLUMN "products_cursor" text;--> statement-breakpoint
ALTER TABLE "connections" ADD COLUMN "products_as_of" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "connections" ADD COLUMN "offered_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "package_contacts" ADD COLUMN "account_number" text;--> statement-breakpoint
ALTER TABLE "package_contacts" ADD COLUMN "email" text;--> statement-breakpoint
ALTER TABLE "package_contacts" ADD COLUMN "tax_number" text;--> statement-breakpoint
ALTER TABLE "package_contacts" ADD COLUMN "name_before" text;--> statement-breakpoint
ALTER TABLE "contacts" ADD COLUMN "tax_number" text;--> statement-breakpoint
ALTER TABLE "external_refs" ADD COLUMN "entity" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "external_refs" ADD COLUMN "beside" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "package_products" ADD CONSTRAINT "package_products_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "package_products" ADD CONSTRAINT "package_products_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "link_offers" ADD CONSTRAINT "link_offers_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "link_offers" ADD CONSTRAINT "link_offers_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "link_offers_record_key" ON "link_offers" USING btree ("connection_id","family","record_id");--> statement-breakpoint
CREATE INDEX "link_offers_open_idx" ON "link_offers" USING btree ("connection_id","state") WHERE state in ('open', 'linked');--> statement-breakpoint
CREATE UNIQUE INDEX "external_refs_external_key" ON "external_refs" USING btree ("connection_id","family","external_id","entity","beside");--> statement-breakpoint
CREATE UNIQUE INDEX "external_refs_record_key" ON "external_refs" USING btree ("connection_id","family","record_id","entity");--> statement-breakpoint
ALTER TABLE "external_refs" ADD CONSTRAINT "external_refs_beside" CHECK ("external_refs"."beside" in ('', "external_refs"."record_id"::text));--> statement-breakpoint
CREATE POLICY "client_isolation" ON "package_products" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "client_isolation" ON "link_offers" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
-- By hand:
ALTER TABLE "package_products" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "link_offers" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
-- Contacts are read anew, with their addresses and numbers.
UPDATE connections SET contacts_cursor = NULL, contacts_as_of = NULL;--> statement-breakpoint
-- A name without what people write now so, now so: capitals, accents, signs, "Ltd" for "Limited", "&" for "and".
CREATE FUNCTION app.party_key(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT trim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
    replace(regexp_replace(lower(normalize(name, NFKD)), '[\u0300-\u036f''’.]', '', 'g'), '&', ' and '),
    '[[:punct:][:space:]]+', ' ', 'g'),
    '\m(public limited company)\M', 'plc', 'g'), '\mlimited\M', 'ltd', 'g'), '\mcompany\M', 'co', 'g'),
    '\mincorporated\M', 'inc', 'g'), '\mbrothers\M', 'bros', 'g'), '^ *the +', ''))
$$;
--> statement-breakpoint
-- The pieces of three characters of a name, without the legal form: two names that share most of them are nearly the same.
CREATE FUNCTION app.name_pieces(key text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(DISTINCT substr(k, n, 3)), '{}')
  FROM (SELECT '  ' || trim(regexp_replace(key, '\m(ltd|plc|llp|inc|co)\M', '', 'g')) || ' ' AS k) w, generate_series(1, greatest(length(k) - 2, 0)) n
$$;
--> statement-breakpoint
-- However a link was made: nothing is left to ask.
CREATE FUNCTION app.end_link_offer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE link_offers SET state = 'seen', external_id = NEW.external_id
  WHERE connection_id = NEW.connection_id AND family = NEW.family AND record_id = NEW.record_id AND what = 'match' AND state IN ('open', 'create', 'none');
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER external_refs_offered AFTER INSERT ON external_refs FOR EACH ROW
  WHEN (NEW.family IN ('contact', 'product')) EXECUTE FUNCTION app.end_link_offer();
