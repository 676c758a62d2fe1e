INSERT INTO interaction_changes (interaction_id, version, change, customer_id, manager_id, occurred_at, recorded_at)
SELECT (data->>'interaction_id')::uuid, version, 'reassigned', (data->>'customer_id')::uuid, data->>'manager_id',
       occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
