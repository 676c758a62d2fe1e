-- reads: spans, leads
-- Leads of the days that nobody has judged yet, by who is responsible.
SELECT s.day, l.manager_id, l.direction, count(*) AS open_leads
  FROM spans s JOIN leads l ON l.captured_at >= s.starts_at AND l.captured_at < s.ends_at
 WHERE l.is_open AND l.manager_id IS NOT NULL GROUP BY 1, 2, 3
