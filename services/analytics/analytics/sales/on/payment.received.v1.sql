-- A payment without a deal waits to be matched; the match may stand here already.
WITH matches AS (
  INSERT INTO payment_matches (payment_id, version, deal_id, customer_id, occurred_at, recorded_at)
  SELECT (data->>'payment_id')::uuid, version, (data->>'deal_id')::uuid, (data->>'customer_id')::uuid, occurred_at,
         recorded_at
    FROM batch
   WHERE data ? 'deal_id'
  ON CONFLICT DO NOTHING
)
INSERT INTO payments AS p (payment_id, provider, provider_payment_id, received_at, recorded_at, amount, currency, is_test,
                           deal_id, customer_id, deal_version)
SELECT (data->>'payment_id')::uuid, data->>'provider', data->>'provider_payment_id', occurred_at, recorded_at,
       (data#>>'{received,amount}')::numeric, data#>>'{received,currency}',
       coalesce((data->>'is_test')::boolean, false), (data->>'deal_id')::uuid, (data->>'customer_id')::uuid,
       version
  FROM batch
ON CONFLICT (payment_id) DO UPDATE
   SET provider = excluded.provider, provider_payment_id = excluded.provider_payment_id,
       received_at = excluded.received_at, recorded_at = excluded.recorded_at, amount = excluded.amount, currency = excluded.currency,
       is_test = excluded.is_test,
       deal_id = CASE WHEN p.deal_version > excluded.deal_version THEN p.deal_id ELSE excluded.deal_id END,
       customer_id = CASE WHEN p.deal_version > excluded.deal_version THEN p.customer_id ELSE excluded.customer_id END,
       deal_version = greatest(p.deal_version, excluded.deal_version),
       updated_at = clock_timestamp()
