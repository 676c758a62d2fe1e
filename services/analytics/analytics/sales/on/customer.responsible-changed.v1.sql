INSERT INTO customer_assignments (customer_id, version, manager_id, previous_manager_id, reason, occurred_at,
                                  recorded_at)
SELECT (data->>'customer_id')::uuid, version, data->>'manager_id', data->>'previous_manager_id', data->>'reason',
       occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
