ALTER TABLE "connections" ADD COLUMN "offers_closed" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "connections" ADD COLUMN "offers_matched" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
-- By hand: whoever answers or takes away an offer says so to the worker, which holds documents against the package's before they go.
CREATE FUNCTION link_offers_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    UPDATE connections c SET offers_closed = c.offers_closed + 1
    WHERE c.id IN (SELECT o.connection_id FROM before o WHERE o.state = 'open' AND o.family = 'contact');
  ELSE
    UPDATE connections c SET offers_closed = c.offers_closed + 1
    WHERE c.id IN (SELECT o.connection_id FROM before o JOIN after n ON n.id = o.id WHERE o.state = 'open' AND n.state <> 'open' AND o.family = 'contact');
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER link_offers_closed AFTER UPDATE ON link_offers REFERENCING OLD TABLE AS before NEW TABLE AS after
  FOR EACH STATEMENT EXECUTE FUNCTION link_offers_closed();
--> statement-breakpoint
CREATE TRIGGER link_offers_taken_away AFTER DELETE ON link_offers REFERENCING OLD TABLE AS before
  FOR EACH STATEMENT EXECUTE FUNCTION link_offers_closed();
