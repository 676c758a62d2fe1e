INSERT INTO message_changes (message_id, version, change, customer_id, medium, is_machine, occurred_at, recorded_at)
SELECT (data->>'message_id')::uuid, version, 'opened', (data->>'customer_id')::uuid, data->>'medium',
       coalesce((data->>'by_machine')::boolean, false), occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
