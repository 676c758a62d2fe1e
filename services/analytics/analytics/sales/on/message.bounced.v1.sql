INSERT INTO message_changes (message_id, version, change, customer_id, medium, reason, occurred_at, recorded_at)
SELECT (data->>'message_id')::uuid, version, 'bounced', (data->>'customer_id')::uuid, data->>'medium', data->>'code',
       occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
