-- reads: deals, stage_visits
WITH lost AS (
  SELECT DISTINCT ON (v.deal_id) d.pipeline, v.reason, v.from_stage AS stage, d.amount, d.currency, d.opened_at,
      v.entered_at
    FROM deals d JOIN stage_visits v USING (deal_id)
   WHERE d.stage_kind = 'lost' AND v.is_present AND v.entered_at >= :start AND v.entered_at < :end
), sums AS (
  SELECT pipeline, reason, stage, :money(amount) AS amount
    FROM (SELECT pipeline, reason, stage, currency, sum(amount) AS amount FROM lost
        WHERE currency IS NOT NULL GROUP BY 1, 2, 3, 4) m
   GROUP BY 1, 2, 3
)
SELECT l.pipeline, l.reason, l.stage, count(*) AS lost,
       round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS share_percent,
       :median(extract(epoch FROM entered_at - opened_at) / 86400, 1)
         AS median_days,
       coalesce(any_value(s.amount), '{}') AS amount
  FROM lost l
  LEFT JOIN sums s ON s.pipeline = l.pipeline AND s.reason IS NOT DISTINCT FROM l.reason
      AND s.stage IS NOT DISTINCT FROM l.stage
 GROUP BY 1, 2, 3
 ORDER BY lost DESC, 1, 2, 3
