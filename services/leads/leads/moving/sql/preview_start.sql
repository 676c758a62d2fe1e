-- A new count, unless one is under way that has moved in the last ten minutes.
INSERT INTO history_previews AS p (channel, source, id, started_at, moved_at) VALUES ($1, $2, $3, $4, $4)
ON CONFLICT (channel, source) DO UPDATE SET
  id = excluded.id, started_at = excluded.started_at, moved_at = excluded.moved_at, finished_at = NULL, failure = NULL,
  cursor = '{}', catalogue = NULL, counts = '{}'
  WHERE p.finished_at IS NOT NULL OR p.moved_at < excluded.started_at - interval '10 minutes'
RETURNING p.id
