INSERT INTO call_commands (id, version, state, customer_id, manager_id, extension, intake, source, direction, phone_index,
                           requested_at)
VALUES ($1, 1, 'requested', $2, $3, $4, $5, $6, $7, in_form($8::uuid), $9)
ON CONFLICT (id) DO NOTHING RETURNING id
