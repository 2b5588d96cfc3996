-- By hand:
-- An error that somebody ignores stands aside with who and why, whatever it was: what was given up, and what something else stands in the way
-- of, as well as what was held or refused.
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
    ('conflict', 'posted'), ('conflict', 'queued'), ('conflict', 'skipped'), ('conflict', 'pending'),
    ('drifted', 'confirmed'), ('drifted', 'posted'), ('drifted', 'queued'),
    ('skipped', 'pending'), ('skipped', 'posted'),
    ('dead', 'queued'), ('dead', 'skipped'), ('dead', 'pending')
$$;
