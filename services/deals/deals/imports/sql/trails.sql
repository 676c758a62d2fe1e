-- The steps of these deals: stages entered, won, lost, in order.
SELECT stream_id, type, coalesce(data->>'to_stage', data->>'stage') AS stage, occurred_at
  FROM events
 WHERE stream_id = ANY($1::uuid[])
   AND type IN ('deal.opened.v1', 'deal.stage-changed.v1', 'deal.won.v1', 'deal.lost.v1', 'deal.reopened.v1')
 ORDER BY stream_id, version
