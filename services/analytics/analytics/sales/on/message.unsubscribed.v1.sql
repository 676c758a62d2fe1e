INSERT INTO message_changes (message_id, version, change, customer_id, medium, purpose, reason, occurred_at,
                             recorded_at)
SELECT (data->>'message_id')::uuid, version, 'unsubscribed', (data->>'customer_id')::uuid, data->>'medium',
       data->>'purpose', data->>'how', occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
