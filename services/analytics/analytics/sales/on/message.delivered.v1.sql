INSERT INTO message_changes (message_id, version, change, customer_id, medium, occurred_at, recorded_at)
SELECT (data->>'message_id')::uuid, version, 'delivered', (data->>'customer_id')::uuid, data->>'medium', occurred_at,
       recorded_at
  FROM batch
ON CONFLICT DO NOTHING
