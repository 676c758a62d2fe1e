-- Stops an import; the portion in hand is finished or undone.
UPDATE imports SET state = 'cancelled', finished_at = now(), lease = NULL, leased_until = NULL
 WHERE id = $1 AND state IN ('queued', 'running')
