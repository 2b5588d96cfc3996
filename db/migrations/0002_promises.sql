-- Row-level security holds for the owner too.
DO $$
DECLARE
  t record;
BEGIN
  FOR t IN SELECT c.oid::regclass AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relrowsecurity
  LOOP
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t.name);
  END LOOP;
END
$$;
--> statement-breakpoint
-- A posting moves only as LEGAL_MOVES in lib/posting/states.ts says; a test compares the two.
CREATE FUNCTION app.legal_moves() RETURNS TABLE (from_state text, to_state text) LANGUAGE sql IMMUTABLE AS $$
  VALUES
    ('pending', 'queued'), ('pending', 'held'), ('pending', 'skipped'),
    ('held', 'queued'), ('held', 'pending'), ('held', 'skipped'),
    ('queued', 'sending'), ('queued', 'waiting'), ('queued', 'held'), ('queued', 'pending'), ('queued', 'skipped'),
    ('waiting', 'sending'), ('waiting', 'pending'),
    ('sending', 'posted'), ('sending', 'rejected'), ('sending', 'queued'), ('sending', 'unknown'),
    ('unknown', 'posted'), ('unknown', 'queued'), ('unknown', 'conflict'), ('unknown', 'rejected'), ('unknown', 'dead'),
    ('posted', 'confirmed'), ('posted', 'drifted'),
    ('confirmed', 'drifted'),
    ('rejected', 'queued'), ('rejected', 'held'), ('rejected', 'skipped'), ('rejected', 'pending'),
    ('conflict', 'posted'), ('conflict', 'queued'), ('conflict', 'skipped'),
    ('drifted', 'confirmed'), ('drifted', 'posted'),
    ('skipped', 'pending'), ('skipped', 'posted'),
    ('dead', 'queued'), ('dead', 'skipped')
$$;
--> statement-breakpoint
CREATE FUNCTION app.check_posting_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM app.legal_moves() m WHERE m.from_state = OLD.state AND m.to_state = NEW.state) THEN
    RAISE EXCEPTION 'posting % may not move from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER postings_move BEFORE UPDATE OF state ON postings
  FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION app.check_posting_move();
--> statement-breakpoint
-- The audit: append only, each row chained to the one before it of the same client (or of the practice).
CREATE FUNCTION app.audit_hash(previous bytea, seq bigint, client_id uuid, at timestamptz, actor_user_id uuid, actor text, action text, subject text, detail jsonb)
RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT sha256(previous || convert_to(concat_ws('|', seq, coalesce(client_id::text, ''), extract(epoch FROM at)::text,
    coalesce(actor_user_id::text, ''), actor, action, coalesce(subject, ''), detail::text), 'UTF8'))
$$;
--> statement-breakpoint
CREATE FUNCTION app.chain_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7261, hashtext(coalesce(NEW.client_id::text, 'practice')));
  -- Taken under the lock, so that the order of the numbers is the order of the chain.
  NEW.seq := nextval('audit_events_seq_seq');
  SELECT a.hash INTO NEW.previous_hash FROM audit_events a
    WHERE a.client_id IS NOT DISTINCT FROM NEW.client_id ORDER BY a.seq DESC LIMIT 1;
  NEW.previous_hash := coalesce(NEW.previous_hash, ''::bytea);
  NEW.hash := app.audit_hash(NEW.previous_hash, NEW.seq, NEW.client_id, NEW.at, NEW.actor_user_id, NEW.actor, NEW.action, NEW.subject, NEW.detail);
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER audit_events_chain BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION app.chain_audit();
--> statement-breakpoint
CREATE FUNCTION app.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
--> statement-breakpoint
CREATE TRIGGER audit_events_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
--> statement-breakpoint
-- Takes one call from a sliding log: null when it may be made now, else the moment from which it may.
CREATE FUNCTION app.take_call(p_scope text, p_limit integer, p_window interval) RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
  v_now timestamptz := app.now();
  v_taken timestamptz[];
BEGIN
  INSERT INTO rate_buckets (scope) VALUES (p_scope) ON CONFLICT DO NOTHING;
  SELECT taken_at INTO v_taken FROM rate_buckets WHERE scope = p_scope FOR UPDATE;
  -- A clock set back must not lock the tenant out: what lies in the future is dropped.
  SELECT coalesce(array_agg(t ORDER BY t), '{}') INTO v_taken FROM unnest(v_taken) t WHERE t > v_now - p_window AND t <= v_now + interval '1 second';
  IF cardinality(v_taken) >= p_limit THEN
    UPDATE rate_buckets SET taken_at = v_taken WHERE scope = p_scope;
    RETURN v_taken[cardinality(v_taken) - p_limit + 1] + p_window;
  END IF;
  UPDATE rate_buckets SET taken_at = v_taken || v_now WHERE scope = p_scope;
  RETURN NULL;
END
$$;
--> statement-breakpoint
-- Takes one call from a counter over a long window (a day): null when it may be made now, else the moment from which it may.
CREATE FUNCTION app.take_counted(p_scope text, p_limit integer, p_window interval) RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
  v_now timestamptz := app.now();
  v_start timestamptz;
  v_taken integer;
BEGIN
  INSERT INTO rate_buckets (scope, window_start) VALUES (p_scope, v_now) ON CONFLICT DO NOTHING;
  SELECT window_start, taken INTO v_start, v_taken FROM rate_buckets WHERE scope = p_scope FOR UPDATE;
  IF v_start <= v_now - p_window OR v_start > v_now + interval '1 second' THEN
    v_start := v_now;
    v_taken := 0;
  END IF;
  IF v_taken >= p_limit THEN
    RETURN v_start + p_window;
  END IF;
  UPDATE rate_buckets SET window_start = v_start, taken = v_taken + 1 WHERE scope = p_scope;
  RETURN NULL;
END
$$;
