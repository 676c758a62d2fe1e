INSERT INTO interaction_changes (interaction_id, version, change, customer_id, planned_at, occurred_at, recorded_at)
SELECT (data->>'interaction_id')::uuid, version, 'rescheduled', (data->>'customer_id')::uuid,
       (data->>'planned_at')::timestamptz, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
