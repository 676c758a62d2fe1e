INSERT INTO invoice_changes (invoice_id, version, change, deal_id, customer_id, amount, currency, due_date,
                             occurred_at, recorded_at)
SELECT (data->>'invoice_id')::uuid, version, 'overdue', (data->>'deal_id')::uuid, (data->>'customer_id')::uuid,
       (data#>>'{due,amount}')::numeric, data#>>'{due,currency}', (data->>'due_on')::date, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
