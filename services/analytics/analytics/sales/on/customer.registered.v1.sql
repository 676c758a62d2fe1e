INSERT INTO customers AS c (customer_id, registered_at, direction)
SELECT DISTINCT ON (1) (data->>'customer_id')::uuid, occurred_at, data->>'direction'
  FROM batch ORDER BY 1, version
ON CONFLICT (customer_id) DO UPDATE
   SET registered_at = excluded.registered_at, direction = excluded.direction, updated_at = clock_timestamp()
