INSERT INTO quote_changes (quote_id, version, change, deal_id, customer_id, revision, channel, occurred_at,
                           recorded_at)
SELECT (data->>'quote_id')::uuid, version, 'sent', (data->>'deal_id')::uuid, (data->>'customer_id')::uuid,
       (data->>'revision')::int, data->>'channel', occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
