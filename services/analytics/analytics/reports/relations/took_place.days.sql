-- reads: spans, contacts
-- Contacts that took place on the days, as far as these are in the period. Day by day, so that each reaches what is of it
-- by an index.
SELECT c.*, s.day
  FROM spans s
 CROSS JOIN LATERAL (SELECT * FROM contacts
                      WHERE took_place_at >= greatest(s.starts_at, :start) AND took_place_at < least(s.ends_at, :end)
                     OFFSET 0) c
