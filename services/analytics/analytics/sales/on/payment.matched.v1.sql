WITH matches AS (
  INSERT INTO payment_matches (payment_id, version, deal_id, customer_id, occurred_at, recorded_at)
  SELECT (data->>'payment_id')::uuid, version, (data->>'deal_id')::uuid, (data->>'customer_id')::uuid, occurred_at,
         recorded_at
    FROM batch
  ON CONFLICT DO NOTHING
)
INSERT INTO payments AS p (payment_id, deal_id, customer_id, deal_version)
SELECT DISTINCT ON (1) (data->>'payment_id')::uuid, (data->>'deal_id')::uuid, (data->>'customer_id')::uuid, version
  FROM batch ORDER BY 1, version DESC
ON CONFLICT (payment_id) DO UPDATE
   SET deal_id = excluded.deal_id, customer_id = excluded.customer_id, deal_version = excluded.deal_version,
       updated_at = clock_timestamp()
 WHERE (p.deal_version > excluded.deal_version) IS NOT TRUE
