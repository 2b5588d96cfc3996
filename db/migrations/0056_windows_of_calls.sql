-- A permit for one call, from all the windows it is counted in: null when it may be made now, else the moment from which it may, and why not.
-- Buckets stand in the order in which everybody locks them, {tenant} and {user} in their names for whose they are; p_own is the tenant's. By bucket: whether calls are counted (else answers, by
-- app.count_answer), the length of its parts in seconds, and how long it keeps what is counted call by call and by parts. By window: its
-- bucket, the package's figure, for how long a call counts (a margin longer than at the package), whether by parts, and what is said.
CREATE FUNCTION app.take_permit(
  p_connection uuid, p_tenant text, p_scopes text[], p_own integer, p_counts boolean[], p_parts integer[], p_logged double precision[], p_kept double precision[],
  p_of integer[], p_calls integer[], p_lengths double precision[], p_by_part boolean[], p_whys text[],
  p_app text, p_staff boolean, p_owner text, p_alone boolean, p_reserve double precision,
  p_gap interval, p_slot interval, p_answered integer,
  p_chunk integer, p_interval interval, p_burst double precision, p_app_answered integer,
  OUT o_until timestamptz, OUT o_why text, OUT o_tokens integer, OUT o_probe boolean, OUT o_tries integer
) LANGUAGE plpgsql AS $$
DECLARE
  v_now timestamptz := app.now();
  v_epoch double precision := extract(epoch FROM v_now);
  c record;
  r rate_buckets;
  b rate_buckets;
  -- Copying a row costs more than judging it: most calls have one bucket, which stays in r.
  v_rows rate_buckets[] := '{}';
  v_at integer;
  v_scope text;
  v_limit integer;
  v_part integer;
  v_sum integer;
BEGIN
  o_tokens := 0;
  o_probe := false;
  SELECT module_on, blocked_until, blocked_reason, stopped_at, failed_tries, grant_id INTO c FROM connections WHERE id = p_connection;
  o_tries := coalesce(c.failed_tries, 0);
  IF c.module_on IS FALSE THEN
    o_why := 'off';
    RETURN;
  END IF;
  IF c.stopped_at IS NOT NULL AND NOT p_staff THEN
    o_why := 'stopped';
    RETURN;
  END IF;
  FOR i IN 1 .. cardinality(p_scopes) LOOP
    v_scope := CASE WHEN i = p_own THEN p_tenant
      ELSE replace(replace(p_scopes[i], '{tenant}', p_tenant), '{user}', coalesce(c.grant_id, p_connection)::text) END;
    SELECT * INTO r FROM rate_buckets WHERE scope = v_scope FOR UPDATE;
    IF NOT FOUND THEN
      INSERT INTO rate_buckets (scope) VALUES (v_scope) ON CONFLICT DO NOTHING;
      SELECT * INTO r FROM rate_buckets WHERE scope = v_scope FOR UPDATE;
    END IF;
    -- What is over is dropped, and what lies in the future: a clock set back must not lock anybody out. Both arrays are in order of time: whoever
    -- waited for the row counts as late as the one before. So an hour that has begun meanwhile is none that lies in the future.
    IF r.taken_at[1] <= v_now - make_interval(secs => p_logged[i]) OR r.taken_at[cardinality(r.taken_at)] > v_now + interval '1 second' THEN
      SELECT coalesce(array_agg(t ORDER BY t), '{}') INTO r.taken_at FROM unnest(r.taken_at) t
        WHERE t > v_now - make_interval(secs => p_logged[i]) AND t <= v_now + interval '1 second';
    END IF;
    IF (r.hours[1] + 1.0::double precision) * p_parts[i] + p_kept[i] <= v_epoch
      OR r.hours[cardinality(r.hours)]::double precision * p_parts[i] > v_epoch + 60 THEN
      SELECT coalesce(array_agg(h ORDER BY h), '{}'), coalesce(array_agg(n ORDER BY h), '{}') INTO r.hours, r.hour_calls
        FROM unnest(r.hours, r.hour_calls) AS u(h, n)
        WHERE (h + 1.0::double precision) * p_parts[i] + p_kept[i] > v_epoch AND h::double precision * p_parts[i] <= v_epoch + 60;
    END IF;
    v_at := i;
    IF cardinality(p_scopes) > 1 THEN
      v_rows[i] := r;
    END IF;
    IF i = p_own THEN
      b := r;
    END IF;
  END LOOP;
  IF p_answered > 0 THEN
    b.recent := app.last_calls(b.recent, p_answered, '');
  END IF;

  IF c.blocked_until > v_now THEN
    o_until := c.blocked_until;
    o_why := c.blocked_reason;
  ELSIF p_alone AND b.slot_until > v_now AND b.slot_until <= v_now + p_slot THEN
    o_until := v_now + interval '100 milliseconds';
    o_why := 'concurrent';
  ELSIF p_gap > interval '0' AND b.free_at + p_gap > v_now AND b.free_at <= v_now + interval '1 second' THEN
    o_until := b.free_at + p_gap;
    o_why := 'gap';
  END IF;
  FOR w IN 1 .. cardinality(p_of) LOOP
    EXIT WHEN o_until IS NOT NULL;
    IF v_at <> p_of[w] THEN
      v_at := p_of[w];
      r := v_rows[v_at];
    END IF;
    -- A share is kept for people, while one of them waits or has just read.
    v_limit := greatest(1, p_calls[w] - CASE WHEN p_staff OR r.staff_at IS NULL OR r.staff_at <= v_now - interval '60 seconds' THEN 0
      ELSE ceil(p_calls[w] * p_reserve)::integer END);
    IF NOT p_by_part[w] THEN
      IF cardinality(r.taken_at) >= v_limit THEN
        o_until := r.taken_at[cardinality(r.taken_at) - v_limit + 1] + make_interval(secs => p_lengths[w]);
        IF o_until <= v_now THEN
          o_until := NULL;
        END IF;
      END IF;
    ELSE
      SELECT coalesce(sum(n), 0) INTO v_sum FROM unnest(r.hours, r.hour_calls) AS u(h, n)
        WHERE (h + 1.0::double precision) * p_parts[p_of[w]] + p_lengths[w] > v_epoch;
      IF v_sum >= v_limit THEN
        -- A part's calls count until its end lies a whole window back.
        SELECT to_timestamp((min(h) + 1.0::double precision) * p_parts[p_of[w]] + p_lengths[w]) INTO o_until
          FROM (SELECT h, sum(n) OVER (ORDER BY h) AS gone FROM unnest(r.hours, r.hour_calls) AS u(h, n)
            WHERE (h + 1.0::double precision) * p_parts[p_of[w]] + p_lengths[w] > v_epoch) s
          WHERE v_sum - gone < v_limit;
      END IF;
    END IF;
    IF o_until IS NOT NULL THEN
      o_why := p_whys[w];
    END IF;
  END LOOP;

  -- Tokens leased before are still good: the app's row is left alone.
  IF o_until IS NULL AND p_chunk > 0 THEN
    SELECT l.o_until, l.o_why, l.o_tokens, l.o_probe INTO o_until, o_why, o_tokens, o_probe
      FROM app.lease_tokens(p_app, p_staff, p_chunk, p_interval, p_burst, p_reserve, p_app_answered) l;
  END IF;
  IF o_until IS NOT NULL THEN
    IF p_staff OR p_answered > 0 THEN
      UPDATE rate_buckets SET staff_at = CASE WHEN p_staff THEN v_now ELSE staff_at END, recent = b.recent WHERE scope = b.scope;
    END IF;
    IF p_staff AND cardinality(p_scopes) > 1 THEN
      UPDATE rate_buckets SET staff_at = v_now WHERE scope IN (SELECT scope FROM unnest(v_rows));
    END IF;
    RETURN;
  END IF;

  -- Half open: of the connection's breaker this call alone is let through, and the next in half a minute.
  IF b.opened_at IS NOT NULL THEN
    o_probe := true;
    UPDATE connections SET blocked_until = v_now + interval '30 seconds', blocked_reason = 'breaker' WHERE id = p_connection;
  END IF;
  FOR i IN 1 .. cardinality(p_scopes) LOOP
    IF v_at <> i THEN
      v_at := i;
      r := v_rows[i];
    END IF;
    IF p_staff THEN
      r.staff_at := v_now;
    END IF;
    IF p_counts[i] AND p_logged[i] > 0 THEN
      r.taken_at := r.taken_at || greatest(v_now, r.taken_at[cardinality(r.taken_at)]);
    END IF;
    IF p_counts[i] AND p_parts[i] > 0 THEN
      v_part := floor(v_epoch / p_parts[i]);
      IF r.hours[cardinality(r.hours)] >= v_part THEN
        r.hour_calls[cardinality(r.hour_calls)] := r.hour_calls[cardinality(r.hour_calls)] + 1;
      ELSE
        r.hours := r.hours || v_part;
        r.hour_calls := r.hour_calls || 1;
      END IF;
    END IF;
    IF i = p_own THEN
      UPDATE rate_buckets SET taken_at = r.taken_at, hours = r.hours, hour_calls = r.hour_calls, staff_at = r.staff_at, recent = b.recent,
        slot_owner = CASE WHEN p_alone THEN p_owner ELSE b.slot_owner END, slot_until = CASE WHEN p_alone THEN v_now + p_slot ELSE b.slot_until END
        WHERE scope = r.scope;
    ELSIF p_counts[i] THEN
      UPDATE rate_buckets SET taken_at = r.taken_at, hours = r.hours, hour_calls = r.hour_calls, staff_at = r.staff_at WHERE scope = r.scope;
    END IF;
  END LOOP;
END
$$;
--> statement-breakpoint
-- Counts an answer in a bucket of which the calls themselves are not counted.
CREATE FUNCTION app.count_answer(p_connection uuid, p_scope text, p_part integer, p_kept double precision) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_epoch double precision := extract(epoch FROM app.now());
  v_scope text := replace(p_scope, '{user}', coalesce((SELECT grant_id FROM connections WHERE id = p_connection), p_connection)::text);
  v_part integer := floor(extract(epoch FROM app.now()) / p_part);
BEGIN
  INSERT INTO rate_buckets (scope) VALUES (v_scope) ON CONFLICT DO NOTHING;
  PERFORM FROM rate_buckets WHERE scope = v_scope FOR UPDATE;
  UPDATE rate_buckets SET (hours, hour_calls) = (
    SELECT array_agg(h ORDER BY h), array_agg(n ORDER BY h) FROM (
      SELECT h, sum(n)::integer AS n FROM (SELECT * FROM unnest(hours, hour_calls) AS u(h, n) UNION ALL SELECT v_part, 1) a
      WHERE (h + 1.0::double precision) * p_part + p_kept > v_epoch AND h::double precision * p_part <= v_epoch + 60 GROUP BY h) s)
  WHERE scope = v_scope;
END
$$;
--> statement-breakpoint
DROP FUNCTION app.take_leave(uuid, text, text, boolean, text, integer, interval, integer, double precision, interval, interval, integer, integer, interval, double precision, integer);
