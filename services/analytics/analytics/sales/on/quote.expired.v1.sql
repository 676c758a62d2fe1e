INSERT INTO quote_changes (quote_id, version, change, deal_id, customer_id, revision, occurred_at, recorded_at)
SELECT (data->>'quote_id')::uuid, version, 'expired', (data->>'deal_id')::uuid, (data->>'customer_id')::uuid,
       (data->>'revision')::int, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
