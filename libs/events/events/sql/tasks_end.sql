-- Those of the tasks $1 that are still held by the lease $2 are done.
WITH held AS (SELECT id FROM tasks WHERE id = ANY($1::uuid[]) AND lease = $2 ORDER BY id FOR UPDATE)
DELETE FROM tasks t USING held WHERE t.id = held.id
RETURNING t.id
