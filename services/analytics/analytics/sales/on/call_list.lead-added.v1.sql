INSERT INTO call_list_changes (entry_id, version, change, call_list, lead_id, customer_id, due_at, rule, occurred_at,
                               recorded_at)
SELECT (data->>'entry_id')::uuid, version, 'added', data->>'call_list', (data->>'lead_id')::uuid,
       (data->>'customer_id')::uuid, (data->>'due_at')::timestamptz, data->>'rule', occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
