-- reads: spans, contacts
-- Contacts that took place on the days, as far as these are in the period.
SELECT c.*, s.day
  FROM spans s JOIN contacts c ON c.took_place_at >= s.starts_at AND c.took_place_at < s.ends_at
 WHERE c.took_place_at >= :start AND c.took_place_at < :end
