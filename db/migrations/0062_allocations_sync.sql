-- By hand: 0050 was to let connections that stood before it send allocations, and the policies, which bind the owner too, let it change no
-- row. A connection whose kinds somebody has saved since is as that person wants it.
SELECT set_config('app.all_clients', 'on', true);--> statement-breakpoint
UPDATE connections c SET entities_on = entities_on || '{allocation}'::text[]
WHERE NOT 'allocation' = ANY (entities_on) AND state <> 'disconnected'
  AND NOT EXISTS (
    SELECT FROM audit_events a
    WHERE a.client_id = c.client_id AND a.action = 'setup.entities' AND a.at >= c.connected_at
  );--> statement-breakpoint
SELECT set_config('app.all_clients', 'off', true);
