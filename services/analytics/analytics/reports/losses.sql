-- reads: deals
WITH lost AS (
  SELECT pipeline, stage_reason AS reason, from_stage AS stage, amount, currency, opened_at, stage_at
    FROM deals WHERE stage_kind = 'lost' AND stage_at >= :start AND stage_at < :end
), sums AS (
  SELECT pipeline, reason, stage, :money(amount) AS amount
    FROM (SELECT pipeline, reason, stage, currency, sum(amount) AS amount FROM lost
        WHERE currency IS NOT NULL GROUP BY 1, 2, 3, 4) m
   GROUP BY 1, 2, 3
)
SELECT l.pipeline, l.reason, l.stage, count(*) AS lost,
       round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS share_percent,
       :median(extract(epoch FROM stage_at - opened_at) / 86400, 1)
         AS median_days,
       coalesce(any_value(s.amount), '{}') AS amount
  FROM lost l
  LEFT JOIN sums s ON s.pipeline = l.pipeline AND s.reason IS NOT DISTINCT FROM l.reason
      AND s.stage IS NOT DISTINCT FROM l.stage
 GROUP BY 1, 2, 3
 ORDER BY lost DESC, 1, 2, 3
