ALTER TABLE "client_figures" ADD COLUMN "unconnected" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "figure_marks_client_idx" ON "figure_marks" USING btree ("client_id");--> statement-breakpoint
-- By hand:
CREATE FUNCTION app.mark_own_figures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO figure_marks (client_id) VALUES (CASE TG_OP WHEN 'DELETE' THEN OLD.client_id ELSE NEW.client_id END);
  RETURN NULL;
END
$$;
--> statement-breakpoint
-- What comes in before a client is connected has no postings to mark it.
CREATE TRIGGER documents_made_mark AFTER INSERT ON documents REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.mark_figures();--> statement-breakpoint
CREATE TRIGGER documents_gone_mark AFTER DELETE ON documents REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.mark_figures();--> statement-breakpoint
CREATE TRIGGER documents_revised_mark AFTER UPDATE ON documents FOR EACH ROW
  WHEN (OLD.status IS DISTINCT FROM NEW.status OR OLD.revision IS DISTINCT FROM NEW.revision) EXECUTE FUNCTION app.mark_own_figures();--> statement-breakpoint
-- Connecting and disconnecting change what is mapped and what waits; the cursors of every read do not.
CREATE TRIGGER connections_made_mark AFTER INSERT ON connections FOR EACH ROW EXECUTE FUNCTION app.mark_own_figures();--> statement-breakpoint
CREATE TRIGGER connections_moved_mark AFTER UPDATE ON connections FOR EACH ROW
  WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION app.mark_own_figures();--> statement-breakpoint
-- A target that is gone, archived or back again maps otherwise than before; that it was seen again changes nothing.
CREATE TRIGGER accounts_made_mark AFTER INSERT ON package_accounts REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.mark_figures();--> statement-breakpoint
CREATE TRIGGER accounts_moved_mark AFTER UPDATE ON package_accounts FOR EACH ROW
  WHEN ((OLD.active, OLD.code, OLD.is_bank, OLD.is_system, OLD.takes_payments) IS DISTINCT FROM (NEW.active, NEW.code, NEW.is_bank, NEW.is_system, NEW.takes_payments))
  EXECUTE FUNCTION app.mark_own_figures();--> statement-breakpoint
CREATE TRIGGER rates_made_mark AFTER INSERT ON package_tax_rates REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION app.mark_figures();--> statement-breakpoint
CREATE TRIGGER rates_moved_mark AFTER UPDATE ON package_tax_rates FOR EACH ROW
  WHEN (OLD.active IS DISTINCT FROM NEW.active) EXECUTE FUNCTION app.mark_own_figures();--> statement-breakpoint
SELECT set_config('app.all_clients', 'on', true);--> statement-breakpoint
INSERT INTO figure_marks (client_id) SELECT id FROM clients;--> statement-breakpoint
SELECT set_config('app.all_clients', 'off', true);
