-- Tokens of the app's minute for the calls that a process is about to make, as many as there are of those it asks for; none while the app is
-- blocked. The tenants' rows are taken in transactions of their own: whoever holds the app's row waits for nobody.
CREATE FUNCTION app.lease_tokens(
  p_app text, p_staff boolean, p_chunk integer, p_interval interval, p_burst double precision, p_reserve double precision, p_answered integer,
  OUT o_until timestamptz, OUT o_why text, OUT o_tokens integer, OUT o_probe boolean
) LANGUAGE plpgsql AS $$
DECLARE
  v_now timestamptz := app.now();
  a rate_buckets;
  v_busy interval;
  v_tolerance interval;
BEGIN
  o_tokens := 0;
  o_probe := false;
  SELECT * INTO a FROM rate_buckets WHERE scope = p_app FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO rate_buckets (scope) VALUES (p_app) ON CONFLICT DO NOTHING;
    SELECT * INTO a FROM rate_buckets WHERE scope = p_app FOR UPDATE;
  END IF;
  IF a.blocked_until > v_now THEN
    o_until := a.blocked_until;
    o_why := coalesce(a.blocked_reason, 'app');
    RETURN;
  END IF;
  IF p_answered > 0 THEN
    a.recent := app.last_calls(a.recent, p_answered, '');
  END IF;
  v_busy := CASE WHEN a.full_at > v_now AND a.full_at <= v_now + p_burst * p_interval + interval '60 seconds' THEN a.full_at - v_now ELSE interval '0' END;
  v_tolerance := p_interval * CASE WHEN p_staff OR a.staff_at IS NULL OR a.staff_at <= v_now - interval '60 seconds' THEN p_burst
    ELSE greatest(1, p_burst - floor(p_burst * p_reserve)) END;
  -- Half open: one call is let through, and the next in half a minute.
  o_tokens := greatest(0, least(CASE WHEN a.opened_at IS NULL THEN p_chunk ELSE 1 END,
    floor(extract(epoch FROM v_tolerance - v_busy) / extract(epoch FROM p_interval) + 1e-6)::integer));
  IF o_tokens = 0 THEN
    o_until := v_now + v_busy + p_interval - v_tolerance;
    o_why := 'app';
  ELSIF a.opened_at IS NOT NULL THEN
    o_probe := true;
    a.blocked_until := v_now + interval '30 seconds';
    a.blocked_reason := 'breaker';
  END IF;
  UPDATE rate_buckets SET full_at = CASE WHEN o_tokens > 0 THEN v_now + v_busy + o_tokens * p_interval ELSE a.full_at END, recent = a.recent,
    staff_at = CASE WHEN p_staff THEN v_now ELSE a.staff_at END, blocked_until = a.blocked_until, blocked_reason = a.blocked_reason WHERE scope = p_app;
END
$$;
--> statement-breakpoint
-- Leave for one call of a tenant, from all its limits at once: null when it may be made now, else the moment from which it may, and why not.
-- p_window is a minute and as long again as leave lasts, so that no sixty seconds at the package hold more calls than the limit.
CREATE OR REPLACE FUNCTION app.take_leave(
  p_connection uuid, p_tenant text, p_app text, p_staff boolean, p_owner text,
  p_per_minute integer, p_window interval, p_per_day integer, p_reserve double precision,
  p_gap interval, p_slot interval, p_answered integer,
  p_chunk integer, p_interval interval, p_burst double precision, p_app_answered integer,
  OUT o_until timestamptz, OUT o_why text, OUT o_tokens integer, OUT o_probe boolean, OUT o_tries integer
) LANGUAGE plpgsql AS $$
DECLARE
  v_now timestamptz := app.now();
  c record;
  b rate_buckets;
  v_limit integer;
  v_reserved integer;
  v_hour integer := floor(extract(epoch FROM v_now) / 3600);
  v_sum integer;
BEGIN
  o_tokens := 0;
  o_probe := false;
  SELECT module_on, blocked_until, blocked_reason, stopped_at, failed_tries INTO c FROM connections WHERE id = p_connection;
  o_tries := coalesce(c.failed_tries, 0);
  IF c.module_on IS FALSE THEN
    o_why := 'off';
    RETURN;
  END IF;
  IF c.stopped_at IS NOT NULL AND NOT p_staff THEN
    o_why := 'stopped';
    RETURN;
  END IF;
  SELECT * INTO b FROM rate_buckets WHERE scope = p_tenant FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO rate_buckets (scope) VALUES (p_tenant) ON CONFLICT DO NOTHING;
    SELECT * INTO b FROM rate_buckets WHERE scope = p_tenant FOR UPDATE;
  END IF;
  IF p_answered > 0 THEN
    b.recent := app.last_calls(b.recent, p_answered, '');
  END IF;
  -- A clock set back must not lock the tenant out: what lies in the future is dropped.
  SELECT coalesce(array_agg(t ORDER BY t), '{}') INTO b.taken_at FROM unnest(b.taken_at) t
    WHERE t > v_now - p_window AND t <= v_now + interval '1 second';
  SELECT coalesce(array_agg(h ORDER BY h), '{}'), coalesce(array_agg(n ORDER BY h), '{}') INTO b.hours, b.hour_calls
    FROM unnest(b.hours, b.hour_calls) AS u(h, n) WHERE h >= v_hour - 24 AND h <= v_hour;
  -- A fifth is kept for people, while one of them waits or has just read.
  v_reserved := CASE WHEN p_staff OR b.staff_at IS NULL OR b.staff_at <= v_now - interval '60 seconds' THEN 0 ELSE 1 END;
  IF p_staff THEN
    b.staff_at := v_now;
  END IF;

  IF c.blocked_until > v_now THEN
    o_until := c.blocked_until;
    o_why := c.blocked_reason;
  ELSIF (p_staff OR p_gap > interval '0') AND b.slot_until > v_now AND b.slot_until <= v_now + p_slot THEN
    o_until := v_now + interval '100 milliseconds';
    o_why := 'concurrent';
  ELSIF p_gap > interval '0' AND b.free_at + p_gap > v_now AND b.free_at <= v_now + interval '1 second' THEN
    o_until := b.free_at + p_gap;
    o_why := 'gap';
  END IF;
  IF o_until IS NULL THEN
    v_limit := greatest(1, p_per_minute - v_reserved * ceil(p_per_minute * p_reserve)::integer);
    IF cardinality(b.taken_at) >= v_limit THEN
      o_until := b.taken_at[cardinality(b.taken_at) - v_limit + 1] + p_window;
      o_why := 'minute';
    END IF;
  END IF;
  IF o_until IS NULL THEN
    v_limit := greatest(1, p_per_day - v_reserved * ceil(p_per_day * p_reserve)::integer);
    SELECT coalesce(sum(n), 0) INTO v_sum FROM unnest(b.hour_calls) n;
    IF v_sum >= v_limit THEN
      -- An hour's calls count until its end lies a day back.
      SELECT to_timestamp((min(h) + 25)::double precision * 3600) INTO o_until
        FROM (SELECT h, sum(n) OVER (ORDER BY h) AS gone FROM unnest(b.hours, b.hour_calls) AS u(h, n)) s WHERE v_sum - gone < v_limit;
      o_why := 'day';
    END IF;
  END IF;

  -- Tokens leased before are still good: the app's row is left alone.
  IF o_until IS NULL AND p_chunk > 0 THEN
    SELECT l.o_until, l.o_why, l.o_tokens, l.o_probe INTO o_until, o_why, o_tokens, o_probe
      FROM app.lease_tokens(p_app, p_staff, p_chunk, p_interval, p_burst, p_reserve, p_app_answered) l;
  END IF;
  IF o_until IS NOT NULL THEN
    IF p_staff OR p_answered > 0 THEN
      UPDATE rate_buckets SET staff_at = b.staff_at, recent = b.recent WHERE scope = p_tenant;
    END IF;
    RETURN;
  END IF;

  -- Half open: of the connection's breaker this call alone is let through, and the next in half a minute.
  IF b.opened_at IS NOT NULL THEN
    o_probe := true;
    UPDATE connections SET blocked_until = v_now + interval '30 seconds', blocked_reason = 'breaker' WHERE id = p_connection;
  END IF;
  IF b.hours[cardinality(b.hours)] = v_hour THEN
    b.hour_calls[cardinality(b.hour_calls)] := b.hour_calls[cardinality(b.hour_calls)] + 1;
  ELSE
    b.hours := b.hours || v_hour;
    b.hour_calls := b.hour_calls || 1;
  END IF;
  IF p_staff OR p_gap > interval '0' THEN
    b.slot_owner := p_owner;
    b.slot_until := v_now + p_slot;
  END IF;
  UPDATE rate_buckets SET taken_at = b.taken_at || v_now, hours = b.hours, hour_calls = b.hour_calls, staff_at = b.staff_at, recent = b.recent,
    slot_owner = b.slot_owner, slot_until = b.slot_until WHERE scope = p_tenant;
END
$$;
