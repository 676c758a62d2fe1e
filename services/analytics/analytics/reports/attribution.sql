-- reads: credit_parts, spend
WITH money AS (
  SELECT channel, currency, sum(first) AS first, sum(last) AS last, sum(linear) AS linear, sum(position) AS position,
         sum(time_decay) AS time_decay,
         CASE :model WHEN 'first' THEN sum(first) WHEN 'last' THEN sum(last) WHEN 'linear' THEN sum(linear)
                     WHEN 'position' THEN sum(position) ELSE sum(time_decay) END AS chosen,
         sum(cost) AS cost
    FROM (SELECT channel, currency, first, last, linear, position, time_decay, NULL::numeric AS cost FROM credit_parts
          UNION ALL
          SELECT channel, currency, NULL, NULL, NULL, NULL, NULL, amount FROM spend WHERE day >= :start AND day < :end) sums
   GROUP BY 1, 2
)
SELECT channel, currency, coalesce(first, 0) AS first, coalesce(last, 0) AS last, coalesce(linear, 0) AS linear,
       coalesce(position, 0) AS position, coalesce(time_decay, 0) AS time_decay, coalesce(cost, 0) AS cost,
       round(100 * (coalesce(chosen, 0) - cost) / nullif(cost, 0), 1) AS roi_percent
  FROM money
 ORDER BY currency, chosen DESC NULLS LAST, channel NULLS LAST
