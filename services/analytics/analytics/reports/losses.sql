-- reads: loss_parts
WITH parts AS MATERIALIZED (
  SELECT pipeline, reason, stage, currency, lost, amount, days FROM loss_parts
), sums AS (
  SELECT pipeline, reason, stage, :money(amount) AS amount
    FROM (SELECT pipeline, reason, stage, currency, sum(amount) AS amount FROM parts
        WHERE currency IS NOT NULL GROUP BY 1, 2, 3, 4) m
   GROUP BY 1, 2, 3
), medians AS (
  SELECT pipeline, reason, stage, :median(length, 1) AS median_days
    FROM parts CROSS JOIN LATERAL unnest(days) AS length GROUP BY 1, 2, 3
)
SELECT l.pipeline, l.reason, l.stage, sum(lost) AS lost,
       round(100.0 * sum(lost) / sum(sum(lost)) OVER (), 1) AS share_percent,
       any_value(m.median_days) AS median_days, coalesce(any_value(s.amount), '{}') AS amount
  FROM parts l
  LEFT JOIN sums s ON s.pipeline = l.pipeline AND s.reason IS NOT DISTINCT FROM l.reason
      AND s.stage IS NOT DISTINCT FROM l.stage
  LEFT JOIN medians m ON m.pipeline = l.pipeline AND m.reason IS NOT DISTINCT FROM l.reason
      AND m.stage IS NOT DISTINCT FROM l.stage
 GROUP BY 1, 2, 3
 ORDER BY lost DESC, 1, 2, 3
