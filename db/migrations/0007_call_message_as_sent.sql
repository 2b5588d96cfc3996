ALTER TABLE "posting_calls" ALTER COLUMN "message" SET DATA TYPE json;
--> statement-breakpoint
-- A product that is gone there may be made again.
CREATE OR REPLACE FUNCTION app.legal_moves() RETURNS TABLE (from_state text, to_state text) LANGUAGE sql IMMUTABLE AS $$
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
    ('drifted', 'confirmed'), ('drifted', 'posted'), ('drifted', 'queued'),
    ('skipped', 'pending'), ('skipped', 'posted'),
    ('dead', 'queued'), ('dead', 'skipped')
$$;
