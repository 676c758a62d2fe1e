INSERT INTO call_requests (command_id, customer_id, manager_id, lead_id, direction, requested_at, recorded_at)
SELECT (data->>'command_id')::uuid, (data->>'customer_id')::uuid, data->>'manager_id', (data->>'lead_id')::uuid,
       data->>'direction', occurred_at, recorded_at
  FROM batch
ON CONFLICT (command_id) DO UPDATE
   SET customer_id = excluded.customer_id, manager_id = excluded.manager_id, lead_id = excluded.lead_id,
       direction = excluded.direction, requested_at = excluded.requested_at, recorded_at = excluded.recorded_at,
       updated_at = clock_timestamp()
