-- The facts stay, they name nobody; that the person behind them was erased is a fact too.
WITH erasures AS (
  INSERT INTO customer_erasures (customer_id, version, occurred_at, recorded_at)
  SELECT (data->>'customer_id')::uuid, version, occurred_at, recorded_at FROM batch
  ON CONFLICT DO NOTHING
)
INSERT INTO customers AS c (customer_id, erased_at)
SELECT (data->>'customer_id')::uuid, min(occurred_at)
  FROM batch GROUP BY 1
ON CONFLICT (customer_id) DO UPDATE SET erased_at = least(c.erased_at, excluded.erased_at), updated_at = clock_timestamp()
