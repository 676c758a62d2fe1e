-- reads: spans, messages
-- Messages asked for on the days, as far as these are in the period.
SELECT m.*, s.day
  FROM spans s JOIN messages m ON m.requested_at >= s.starts_at AND m.requested_at < s.ends_at
 WHERE m.requested_at >= :start AND m.requested_at < :end
