-- reads: closed_deals
-- Deals won, by the day.
SELECT day, pipeline, direction, currency, count(*) AS sales, sum(amount) AS amount
  FROM closed_deals WHERE stage_kind = 'won' GROUP BY 1, 2, 3, 4
