-- A change enables the endpoint, and forgives what failed before. Sent is what is recorded from the first moment on in
-- which it was enabled without a break.
INSERT INTO webhook_endpoints AS e (code, version, state, url, types, directions, personal, description, since,
                                    changed_at)
VALUES ($1, $2, 'enabled', $3, $4, $5, $6, $7, clock_timestamp(), $8)
ON CONFLICT (code) DO UPDATE
   SET version = excluded.version, state = 'enabled', reason = NULL, url = excluded.url, types = excluded.types,
       directions = excluded.directions, personal = excluded.personal, description = excluded.description,
       since = CASE WHEN e.state = 'enabled' THEN e.since ELSE excluded.since END, changed_at = excluded.changed_at,
       failing_since = NULL, troubles = 0, retry_at = NULL
