INSERT INTO quote_changes (quote_id, version, change, deal_id, customer_id, revision, amount, currency, valid_until,
                           occurred_at, recorded_at)
SELECT (data->>'quote_id')::uuid, version, 'made', (data->>'deal_id')::uuid, (data->>'customer_id')::uuid,
       coalesce((data->>'revision')::int, 1), (data#>>'{totals,gross}')::numeric, data#>>'{totals,currency}',
       (data->>'valid_until')::date, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
