-- Leases an entry of the list ($1) to a manager ($2) until $5: the one he has already, else the first that is due at $4 and
-- that nobody has; what others are being given at this moment is passed over.
WITH his AS (
  SELECT id FROM call_entries
   WHERE leased_to = $2 AND call_list = $1 AND state <> 'done' AND leased_until > $4
   ORDER BY due_at, id LIMIT 1
), due AS (
  SELECT id FROM call_entries
   WHERE call_list = $1 AND state <> 'done' AND due_at <= $4 AND (leased_until IS NULL OR leased_until <= $4)
     AND ($3::text[] IS NULL OR direction IS NULL OR direction = ANY($3))
     AND NOT EXISTS (SELECT FROM his)
   ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE call_entries SET leased_to = $2, leased_until = $5
 WHERE id = coalesce((SELECT id FROM his), (SELECT id FROM due))
RETURNING *
