-- reads: spans, deals
-- Deals in open stages that were opened on the days.
SELECT s.day, d.pipeline, d.stage, d.direction, d.currency, count(*) AS deals, sum(d.amount) AS amount
  FROM spans s JOIN deals d ON d.opened_at >= s.starts_at AND d.opened_at < s.ends_at
 WHERE d.is_open GROUP BY 1, 2, 3, 4, 5
