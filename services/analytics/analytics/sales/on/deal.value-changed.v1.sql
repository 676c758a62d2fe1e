WITH deal_worth AS (
  INSERT INTO deal_values (deal_id, version, amount, currency, occurred_at, recorded_at)
  SELECT (data->>'deal_id')::uuid, version, (data#>>'{value,amount}')::numeric, data#>>'{value,currency}', occurred_at,
         recorded_at
    FROM batch
  ON CONFLICT DO NOTHING
)
INSERT INTO deals AS d (deal_id, amount, currency, amount_version)
SELECT DISTINCT ON (1) (data->>'deal_id')::uuid, (data#>>'{value,amount}')::numeric, data#>>'{value,currency}', version
  FROM batch ORDER BY 1, version DESC
ON CONFLICT (deal_id) DO UPDATE
   SET amount = excluded.amount, currency = excluded.currency, amount_version = excluded.amount_version,
       updated_at = clock_timestamp()
 WHERE (d.amount_version > excluded.amount_version) IS NOT TRUE
