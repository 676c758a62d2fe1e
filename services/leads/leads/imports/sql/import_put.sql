-- A new import, or one that failed or was cancelled and goes on where it ended, for who
-- sees the same lines of business; returns nothing if there is nothing to do.
INSERT INTO imports AS i (id, kind, name, file_name, bytes, mapping, encoding, dry_run, directions, state, actor,
                          correlation_id, created_at)
VALUES ($1, $2, $3, $4, $5, $6::json, $7, $8, $9, 'queued', $10, $11, $12)
ON CONFLICT (id) DO UPDATE SET state = 'queued', failure = NULL, finished_at = NULL
 WHERE i.state IN ('failed', 'cancelled') AND (excluded.directions IS NULL OR i.directions <@ excluded.directions)
RETURNING true
