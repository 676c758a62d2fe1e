-- reads: closed_deals
-- Deals lost by why and where; days: how long each took.
SELECT day, pipeline, stage_reason AS reason, from_stage AS stage, direction, currency, count(*) AS lost, sum(amount) AS amount,
       array_agg((extract(epoch FROM stage_at - opened_at) / 86400)::float8) AS days
  FROM closed_deals WHERE stage_kind = 'lost' GROUP BY 1, 2, 3, 4, 5, 6
