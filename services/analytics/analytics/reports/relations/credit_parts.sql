-- reads: paid_steps
-- Money shared out over the touches of who paid by the models that know no time: how much a touch and those before it have,
-- less what those before it have. What is left by rounding is the last touch's. Alone is what had one touch, or none.
WITH sums AS (
  SELECT receipt_id, day, pipeline, direction, amount, currency, channel, nth, n, nth = n OR n = 0 AS is_last,
         sum(1.0::float8 / nullif(n, 0)) OVER path AS linear,
         sum(CASE WHEN n <= 2 THEN 1.0 / nullif(n, 0) WHEN nth IN (1, n) THEN 0.4 ELSE 0.2 / (n - 2) END::float8) OVER path
           AS position
    FROM paid_steps
  WINDOW path AS (PARTITION BY receipt_id ORDER BY nth)
), reached AS (
  SELECT receipt_id, day, pipeline, direction, amount, currency, channel, nth, n, is_last,
         CASE WHEN is_last THEN amount ELSE round(amount * linear::numeric, 2) END AS linear,
         CASE WHEN is_last THEN amount ELSE round(amount * position::numeric, 2) END AS position
    FROM sums
), credits AS (
  SELECT day, channel, pipeline, direction, currency, CASE WHEN nth = 1 THEN amount ELSE 0 END AS first,
         CASE WHEN is_last THEN amount ELSE 0 END AS last, linear - lag(linear, 1, 0) OVER path AS linear,
         position - lag(position, 1, 0) OVER path AS position, CASE WHEN n <= 1 THEN amount ELSE 0 END AS alone
    FROM reached
  WINDOW path AS (PARTITION BY receipt_id ORDER BY nth)
)
SELECT day, channel, pipeline, direction, currency, sum(first) AS first, sum(last) AS last, sum(linear) AS linear,
       sum(position) AS position, sum(alone) AS alone
  FROM credits GROUP BY 1, 2, 3, 4, 5
