-- There is one primary person of an organisation.
WITH others AS (
  UPDATE organisation_persons SET is_primary = false
   WHERE organisation_id = $1 AND customer_id <> $2 AND is_primary AND $6
)
INSERT INTO organisation_persons (organisation_id, customer_id, role, since, until, is_primary)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (organisation_id, customer_id) DO UPDATE SET
  role = excluded.role, since = excluded.since, until = excluded.until, is_primary = excluded.is_primary
