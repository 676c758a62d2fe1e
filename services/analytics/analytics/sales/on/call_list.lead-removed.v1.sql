INSERT INTO call_list_changes (entry_id, version, change, call_list, lead_id, customer_id, reason, occurred_at,
                               recorded_at)
SELECT (data->>'entry_id')::uuid, version, 'removed', data->>'call_list', (data->>'lead_id')::uuid,
       (data->>'customer_id')::uuid, data->>'reason', occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
