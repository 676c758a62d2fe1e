INSERT INTO message_changes (message_id, version, change, customer_id, medium, template, occurred_at, recorded_at)
SELECT (data->>'message_id')::uuid, version, 'unconfirmed', (data->>'customer_id')::uuid, data->>'medium',
       data->>'template', occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
