INSERT INTO quote_changes (quote_id, version, change, deal_id, customer_id, revision, amount, currency, party,
                           occurred_at, recorded_at)
SELECT (data->>'quote_id')::uuid, version, 'accepted', (data->>'deal_id')::uuid, (data->>'customer_id')::uuid,
       (data->>'revision')::int, (data#>>'{value,amount}')::numeric, data#>>'{value,currency}', data->>'by',
       occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
