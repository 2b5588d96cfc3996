CREATE TABLE "run_members" (
	"client_id" uuid NOT NULL,
	"run_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"posting_id" uuid NOT NULL,
	"revision" integer NOT NULL,
	"connection_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"issued_on" date NOT NULL,
	"was" text NOT NULL,
	"taken" boolean DEFAULT false NOT NULL,
	"outcome" text,
	"ended_at" timestamp with time zone,
	"error_code" text,
	"reference" text,
	"party" text,
	"currency" text,
	"gross_minor" bigint,
	CONSTRAINT "run_members_run_id_position_pk" PRIMARY KEY("run_id","position")
);
--> statement-breakpoint
ALTER TABLE "run_members" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "postings" ADD COLUMN "run_position" integer;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "taken_to" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "run_members_open_key" ON "run_members" USING btree ("posting_id") WHERE outcome is null;--> statement-breakpoint
CREATE POLICY "client_isolation" ON "run_members" AS PERMISSIVE FOR ALL TO public USING ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid)) WITH CHECK ((select current_setting('app.all_clients', true)) = 'on' or client_id = (select nullif(current_setting('app.client_id', true), '')::uuid));--> statement-breakpoint
-- By hand:
ALTER TABLE "run_members" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
-- The runs that were there: their members are the rows that stand under them now and those that they sent, which a later run has taken since.
SELECT set_config('app.all_clients', 'on', true);--> statement-breakpoint
INSERT INTO run_members (client_id, run_id, position, posting_id, revision, connection_id, kind, issued_on, was, taken, outcome, ended_at, error_code,
  reference, party, currency, gross_minor)
WITH stood AS (
  SELECT p.run_id, p.id, CASE WHEN p.state IN ('queued', 'waiting', 'sending') THEN NULL WHEN p.state = 'pending' THEN 'withdrawn' ELSE p.state END AS outcome,
    p.error_code
  FROM postings p WHERE p.run_id IS NOT NULL
  UNION ALL
  (SELECT DISTINCT ON (a.run_id, a.posting_id) a.run_id, a.posting_id, CASE a.outcome WHEN 'accepted' THEN 'posted' WHEN 'found' THEN 'posted'
      WHEN 'refused' THEN 'rejected' WHEN 'conflict' THEN 'conflict' WHEN 'not-sent' THEN 'withdrawn' WHEN 'absent' THEN 'withdrawn' ELSE 'unknown' END,
    a.error_code
  FROM posting_attempts a JOIN posting_calls c ON c.id = a.call_id JOIN postings p ON p.id = a.posting_id
  WHERE a.run_id IS NOT NULL AND a.run_id IS DISTINCT FROM p.run_id
  ORDER BY a.run_id, a.posting_id, c.created_at DESC)
)
SELECT p.client_id, s.run_id, row_number() OVER (PARTITION BY s.run_id ORDER BY p.kind, p.issued_on, p.id), p.id, p.revision, p.connection_id, p.kind,
  p.issued_on, 'pending', true, s.outcome, CASE WHEN s.outcome IS NOT NULL THEN coalesce(r.ended_at, p.changed_at) END, CASE WHEN s.outcome IS NOT NULL THEN s.error_code END,
  CASE WHEN s.outcome IS NOT NULL THEN p.reference END, CASE WHEN s.outcome IS NOT NULL THEN p.party END, CASE WHEN s.outcome IS NOT NULL THEN p.currency END,
  CASE WHEN s.outcome IS NOT NULL THEN p.gross_minor END
FROM stood s JOIN postings p ON p.id = s.id JOIN runs r ON r.id = s.run_id;--> statement-breakpoint
-- Rows that had been taken back left no trace of the run that had asked for them: the old total says how many.
UPDATE runs r SET total = m.n, detail = CASE WHEN r.total > m.n THEN r.detail || jsonb_build_object('askedFor', r.total) ELSE r.detail END
FROM (SELECT runs.id, (SELECT count(*)::int FROM run_members WHERE run_members.run_id = runs.id) AS n FROM runs) m
WHERE m.id = r.id AND r.kind NOT IN ('import-payments', 'allocate') AND r.total <> m.n;--> statement-breakpoint
UPDATE runs r SET state = 'running', ended_at = NULL WHERE r.state NOT IN ('running', 'stopping')
  AND EXISTS (SELECT FROM run_members m WHERE m.run_id = r.id AND m.outcome IS NULL);--> statement-breakpoint
UPDATE runs r SET detail = r.detail || jsonb_build_object('outcomes', (SELECT jsonb_object_agg(o.outcome, o.n) FROM (
  SELECT m.outcome, count(*) AS n FROM run_members m WHERE m.run_id = r.id GROUP BY 1) o))
WHERE r.total > 0 AND r.kind NOT IN ('import-payments', 'allocate') AND r.state IN ('finished', 'stopped', 'failed')
  AND EXISTS (SELECT FROM run_members m WHERE m.run_id = r.id);--> statement-breakpoint
UPDATE postings p SET run_position = m.position FROM runs r JOIN run_members m ON m.run_id = r.id
WHERE r.state IN ('waiting', 'running', 'stopping') AND p.id = m.posting_id AND p.run_id = r.id;--> statement-breakpoint
SELECT set_config('app.all_clients', 'off', true);--> statement-breakpoint
-- Written in the transaction of the move itself, so that no way of moving a row can leave its run behind.
CREATE FUNCTION app.follow_member() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_run uuid := coalesce(NEW.run_id, OLD.run_id);
  v_position integer := CASE WHEN NEW.run_id IS NULL THEN OLD.run_position ELSE NEW.run_position END;
  v_outcome text := CASE
    WHEN NEW.revision <> OLD.revision THEN 'amended'
    WHEN NEW.state IN ('queued', 'waiting', 'sending') THEN NULL
    WHEN NEW.state = 'pending' AND NEW.aside IS NOT NULL THEN 'set-aside'
    WHEN NEW.state = 'pending' THEN 'withdrawn'
    WHEN NEW.state = 'skipped' AND NEW.mark_reason IS NULL THEN 'linked'
    ELSE NEW.state END;
  v_row postings := CASE WHEN NEW.revision <> OLD.revision THEN OLD ELSE NEW END;
BEGIN
  -- Chosen, and moved by something else before its turn: what was chosen is no more.
  IF v_outcome IS NOT NULL AND (OLD.state <> NEW.state OR OLD.revision <> NEW.revision OR OLD.aside IS DISTINCT FROM NEW.aside) THEN
    UPDATE run_members SET outcome = v_outcome, taken = true, ended_at = app.now(), error_code = NULL, reference = v_row.reference, party = v_row.party,
      currency = v_row.currency, gross_minor = v_row.gross_minor
    WHERE posting_id = NEW.id AND outcome IS NULL AND NOT taken;
  END IF;
  IF v_run IS NULL OR v_position IS NULL THEN RETURN NULL; END IF;
  IF NOT EXISTS (SELECT FROM run_members WHERE run_id = v_run AND position = v_position AND posting_id = NEW.id AND outcome IS DISTINCT FROM v_outcome) THEN
    RETURN NULL;
  END IF;
  -- A run that has ended stands still; one that is ending waits for this row, or this row for it.
  PERFORM FROM runs WHERE id = v_run AND state IN ('waiting', 'running', 'stopping') FOR KEY SHARE;
  IF NOT FOUND THEN RETURN NULL; END IF;
  UPDATE run_members SET outcome = v_outcome, ended_at = CASE WHEN v_outcome IS NOT NULL THEN app.now() END,
    error_code = CASE WHEN v_outcome IN ('held', 'rejected', 'unknown', 'conflict', 'dead') THEN v_row.error_code END,
    reference = v_row.reference, party = v_row.party, currency = v_row.currency, gross_minor = v_row.gross_minor
  WHERE run_id = v_run AND position = v_position AND posting_id = NEW.id AND outcome IS DISTINCT FROM v_outcome;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER postings_followed AFTER UPDATE OF state, run_id, revision, aside ON postings FOR EACH ROW
  WHEN (OLD.state <> NEW.state OR OLD.revision <> NEW.revision OR OLD.run_id IS DISTINCT FROM NEW.run_id OR (NEW.aside IS NOT NULL AND OLD.aside IS NULL))
  EXECUTE FUNCTION app.follow_member();--> statement-breakpoint
CREATE FUNCTION app.end_member() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE run_members SET outcome = 'gone', taken = true, ended_at = app.now(), reference = OLD.reference, party = OLD.party, currency = OLD.currency,
    gross_minor = OLD.gross_minor
  WHERE posting_id = OLD.id AND outcome IS NULL;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER postings_gone AFTER DELETE ON postings FOR EACH ROW EXECUTE FUNCTION app.end_member();
