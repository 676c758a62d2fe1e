INSERT INTO interaction_changes (interaction_id, version, change, kind, customer_id, by_interaction_id, occurred_at,
                                 recorded_at)
SELECT (data->>'interaction_id')::uuid, version, 'returned', 'call', (data->>'customer_id')::uuid,
       (data->>'by_interaction_id')::uuid, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
