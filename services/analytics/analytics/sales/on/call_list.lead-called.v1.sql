INSERT INTO call_list_changes (entry_id, version, change, call_list, lead_id, customer_id, manager_id, result,
                               attempt, due_at, outcome, occurred_at, recorded_at)
SELECT (data->>'entry_id')::uuid, version, 'called', data->>'call_list', (data->>'lead_id')::uuid,
       (data->>'customer_id')::uuid, data->>'manager_id', data->>'result', (data->>'attempt')::int,
       (data->>'next_call_at')::timestamptz, data->>'outcome', occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
