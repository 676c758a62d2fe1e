-- Nothing was handed over: the provider of the task $1, held by the lease $2, said no or was not reached.
UPDATE tasks SET payload = (payload::jsonb - $3::text)::json WHERE id = $1 AND lease = $2
