CREATE SCHEMA IF NOT EXISTS app;
--> statement-breakpoint
-- The one clock for SQL: the simulator's time in demo and tests, real time when nobody follows a simulator.
CREATE FUNCTION app.now() RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
DECLARE
  c record;
BEGIN
  SELECT real_at, virtual_at, scale INTO c FROM public.clock WHERE id = 1;
  IF NOT FOUND THEN
    RETURN clock_timestamp();
  END IF;
  RETURN c.virtual_at + (clock_timestamp() - c.real_at) * c.scale;
END
$$;
