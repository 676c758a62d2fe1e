-- Firings that wait for a date of one of these subjects are looked at again, whoever holds them.
WITH waiting AS (
  SELECT t.id FROM tasks t JOIN pending_firings p ON p.firing_id = t.id
   WHERE p.follows_id = ANY($1::uuid[]) AND t.failed_at IS NULL ORDER BY t.id FOR UPDATE OF t
)
UPDATE tasks t SET due_at = now(), lease = NULL, leased_until = NULL FROM waiting w WHERE t.id = w.id
