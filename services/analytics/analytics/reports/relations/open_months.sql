-- reads: open_parts
-- Deals in open stages by the month in which they were opened.
SELECT date_trunc('month', day)::date AS day, pipeline, stage, direction, currency, sum(deals)::bigint AS deals,
       sum(amount) AS amount
  FROM open_parts GROUP BY 1, 2, 3, 4, 5
