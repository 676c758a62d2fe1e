WITH contacts AS (
  INSERT INTO customer_contact_changes (customer_id, version, kind, change, occurred_at, recorded_at)
  SELECT (data->>'customer_id')::uuid, version, k.kind, jsonb_array_length(data->k.list), occurred_at, recorded_at
    FROM batch, (VALUES ('phone', 'phones'), ('email', 'emails'), ('messenger', 'messengers')) AS k (kind, list)
   WHERE jsonb_array_length(data->k.list) > 0
  ON CONFLICT DO NOTHING
)
INSERT INTO customers AS c (customer_id, registered_at, recorded_at, direction)
SELECT DISTINCT ON (1) (data->>'customer_id')::uuid, occurred_at, recorded_at, data->>'direction'
  FROM batch ORDER BY 1, version
ON CONFLICT (customer_id) DO UPDATE
   SET registered_at = excluded.registered_at, recorded_at = excluded.recorded_at, direction = excluded.direction,
       updated_at = clock_timestamp()
