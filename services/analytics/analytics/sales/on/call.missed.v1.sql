INSERT INTO interaction_changes (interaction_id, version, change, kind, customer_id, manager_id, lead_id, direction,
                                 occurred_at, recorded_at)
SELECT (data->>'interaction_id')::uuid, version, 'missed', 'call', (data->>'customer_id')::uuid, data->>'manager_id',
       (data->>'lead_id')::uuid, data->>'direction', occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
