-- A new key ($2, hash $3) in the place of $1, which works for $4 seconds more. It expires at $5, else after as long as the
-- old one was given. No row where the old one was revoked meanwhile.
WITH old AS (
  UPDATE api_keys SET expires_at = least(expires_at, now() + make_interval(secs => $4))
   WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
  RETURNING id
)
INSERT INTO api_keys (id, name, hash, roles, directions, scopes, expires_at, created_by)
SELECT $2, k.name, $3, k.roles, k.directions, k.scopes,
       coalesce($5::timestamptz, now() + (k.expires_at - k.created_at)), $6
  FROM old JOIN api_keys k USING (id)
RETURNING *
