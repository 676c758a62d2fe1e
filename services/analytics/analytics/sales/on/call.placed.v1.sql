INSERT INTO call_requests (command_id, placed_at, interaction_id)
SELECT (data->>'command_id')::uuid, occurred_at, (data->>'interaction_id')::uuid
  FROM batch
ON CONFLICT (command_id) DO UPDATE
   SET placed_at = excluded.placed_at, interaction_id = excluded.interaction_id, updated_at = clock_timestamp()
