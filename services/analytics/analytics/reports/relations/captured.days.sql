-- reads: spans, leads
-- Leads captured on the days, as far as these are in the period.
SELECT l.*, s.day FROM spans s JOIN leads l ON l.captured_at >= s.starts_at AND l.captured_at < s.ends_at
 WHERE l.captured_at >= :start AND l.captured_at < :end
