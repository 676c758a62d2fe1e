-- reads: deals
-- Deals in open stages, by the day on which they were opened.
SELECT (opened_at AT TIME ZONE :zone)::date AS day, pipeline, stage, direction, currency, count(*) AS deals, sum(amount) AS amount
  FROM deals WHERE is_open GROUP BY 1, 2, 3, 4, 5
