-- reads: spans, deals
-- The same of the days.
SELECT s.day, d.manager_id, d.direction, d.currency, count(*) FILTER (WHERE d.stage_at < :end AND d.stage_kind = 'won') AS won,
       count(*) FILTER (WHERE d.stage_at < :end AND d.stage_kind = 'lost') AS lost,
       sum(d.amount) FILTER (WHERE d.stage_at < :end AND d.stage_kind = 'won') AS amount, max(d.stage_at) AS last_at
  FROM spans s JOIN deals d ON d.stage_at >= s.starts_at AND d.stage_at < s.ends_at
 WHERE d.stage_kind IN ('won', 'lost') AND d.stage_at >= :start AND d.manager_id IS NOT NULL GROUP BY 1, 2, 3, 4
