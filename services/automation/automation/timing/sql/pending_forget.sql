-- Nothing is done about these customers any more.
WITH gone AS (
  SELECT t.id FROM tasks t JOIN pending_firings p ON p.firing_id = t.id
   WHERE p.customer_id = ANY($1::uuid[]) ORDER BY t.id FOR UPDATE OF t
)
DELETE FROM tasks t USING gone WHERE t.id = gone.id
