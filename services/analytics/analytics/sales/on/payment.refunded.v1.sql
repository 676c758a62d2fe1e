WITH shares AS (
  INSERT INTO payment_allocations (payment_id, version, invoice_id, change, deal_id, customer_id, amount, currency,
                                   occurred_at, recorded_at)
  SELECT (data->>'payment_id')::uuid, version, (share->>'invoice_id')::uuid, 'refunded', (data->>'deal_id')::uuid,
         (data->>'customer_id')::uuid, -(share#>>'{amount,amount}')::numeric, share#>>'{amount,currency}', occurred_at,
         recorded_at
    FROM batch, jsonb_array_elements(data->'shares') AS share
  ON CONFLICT DO NOTHING
)
INSERT INTO payment_refunds (payment_id, version, refund_id, deal_id, customer_id, amount, currency, occurred_at,
                             recorded_at)
SELECT (data->>'payment_id')::uuid, version, data->>'refund_id', (data->>'deal_id')::uuid,
       (data->>'customer_id')::uuid, (data#>>'{refunded,amount}')::numeric, data#>>'{refunded,currency}', occurred_at,
       recorded_at
  FROM batch
ON CONFLICT DO NOTHING
