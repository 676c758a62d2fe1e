-- reads: credit_parts, split_parts, spend
-- By time: how much a touch and those before it have, less what those before it have, as for the other models. What is a
-- thousand half-lives older than the last touch counts as that, which is nothing.
WITH decayed AS (
  SELECT s.currency, d.channel, d.amount
    FROM split_parts s
   CROSS JOIN LATERAL (
     SELECT channel, reached - lag(reached, 1, 0) OVER (ORDER BY nth) AS amount
       FROM (SELECT channel, nth, CASE WHEN nth = cardinality(s.channels) THEN s.amount
                                       ELSE round(s.amount * (sum(decay) OVER (ORDER BY nth) / sum(decay) OVER ())::numeric, 2)
                                  END AS reached
               FROM (SELECT channel, nth, power(0.5, least(1000, age / :half_life_days::float8)) AS decay
                       FROM unnest(s.channels, s.ages) WITH ORDINALITY AS t(channel, age, nth)) decays) shares) d
), money AS (
  SELECT channel, currency, sum(first) AS first, sum(last) AS last, sum(linear) AS linear, sum(position) AS position,
         sum(time_decay) AS time_decay,
         CASE :model WHEN 'first' THEN sum(first) WHEN 'last' THEN sum(last) WHEN 'linear' THEN sum(linear)
                     WHEN 'position' THEN sum(position) ELSE sum(time_decay) END AS chosen,
         sum(cost) AS cost
    FROM (SELECT channel, currency, first, last, linear, position, alone AS time_decay, NULL::numeric AS cost FROM credit_parts
          UNION ALL
          SELECT channel, currency, NULL, NULL, NULL, NULL, amount, NULL FROM decayed
          UNION ALL
          SELECT channel, currency, NULL, NULL, NULL, NULL, NULL, amount FROM spend WHERE day >= :start AND day < :end) sums
   GROUP BY 1, 2
)
SELECT channel, currency, coalesce(first, 0) AS first, coalesce(last, 0) AS last, coalesce(linear, 0) AS linear,
       coalesce(position, 0) AS position, coalesce(time_decay, 0) AS time_decay, coalesce(cost, 0) AS cost,
       round(100 * (coalesce(chosen, 0) - cost) / nullif(cost, 0), 1) AS roi_percent
  FROM money
 ORDER BY currency, chosen DESC NULLS LAST, channel NULLS LAST
