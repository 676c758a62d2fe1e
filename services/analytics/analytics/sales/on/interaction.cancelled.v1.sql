INSERT INTO interaction_changes (interaction_id, version, change, customer_id, reason, occurred_at, recorded_at)
SELECT (data->>'interaction_id')::uuid, version, 'cancelled', (data->>'customer_id')::uuid, data->>'reason',
       occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
