INSERT INTO customer_handovers (customer_id, version, previous_manager_id, manager_id, at)
SELECT (data->>'customer_id')::uuid, version, data->>'previous_manager_id', data->>'manager_id', occurred_at
  FROM batch WHERE data->>'previous_manager_id' IS NOT NULL AND data->>'manager_id' IS NOT NULL
ON CONFLICT DO NOTHING
