INSERT INTO customer_segments (customer_id, version, segment, previous_segment, reason, cut_percent, share_percent, revenue,
                               currency, occurred_at, recorded_at)
SELECT (data->>'customer_id')::uuid, version, data->>'segment', data->>'previous_segment', data#>>'{reason,code}',
       (data#>>'{reason,cut_percent}')::numeric, (data#>>'{reason,share_percent}')::numeric,
       (data#>>'{revenue,amount}')::numeric, data#>>'{revenue,currency}', occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
