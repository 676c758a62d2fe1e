INSERT INTO invoice_changes (invoice_id, version, change, deal_id, customer_id, reason, occurred_at, recorded_at)
SELECT (data->>'invoice_id')::uuid, version, 'cancelled', (data->>'deal_id')::uuid, (data->>'customer_id')::uuid,
       data->>'reason', occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
