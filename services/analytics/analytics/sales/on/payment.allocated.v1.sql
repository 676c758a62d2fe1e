INSERT INTO payment_allocations (payment_id, version, invoice_id, change, deal_id, customer_id, amount, currency,
                                 occurred_at, recorded_at)
SELECT (data->>'payment_id')::uuid, version, (data->>'invoice_id')::uuid, 'allocated', (data->>'deal_id')::uuid,
       (data->>'customer_id')::uuid, (data#>>'{amount,amount}')::numeric, data#>>'{amount,currency}', occurred_at,
       recorded_at
  FROM batch
ON CONFLICT DO NOTHING
