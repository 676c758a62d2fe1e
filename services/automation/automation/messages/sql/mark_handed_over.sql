-- From now on the message of the task $1, held by the lease $2, is being handed over by the medium $4.
UPDATE tasks SET payload = (payload::jsonb || jsonb_build_object($3::text, jsonb_build_object('medium', $4::text, 'at', now())))::json
 WHERE id = $1 AND lease = $2 AND NOT payload::jsonb ? $3
RETURNING now()
