INSERT INTO call_requests (command_id, refused_at, refusal_reason)
SELECT (data->>'command_id')::uuid, occurred_at, data->>'reason'
  FROM batch
ON CONFLICT (command_id) DO UPDATE
   SET refused_at = excluded.refused_at, refusal_reason = excluded.refusal_reason, updated_at = clock_timestamp()
