-- reads: spans, deals
-- Deals won or lost on the days, as far as these are in the period.
SELECT d.*, s.day
  FROM spans s JOIN deals d ON d.stage_at >= s.starts_at AND d.stage_at < s.ends_at
 WHERE d.stage_kind IN ('won', 'lost') AND d.stage_at >= :start AND d.stage_at < :end
