-- kept
-- reads: spans, leads, deals, roots
-- Persons with a lead or a deal of the days, with all their cards. Day by day, so that each reaches what is of it by an index.
WITH asking AS MATERIALIZED (
  SELECT DISTINCT person_id
    FROM spans s
   CROSS JOIN LATERAL (SELECT person_id FROM leads WHERE captured_at >= s.starts_at AND captured_at < s.ends_at
                       UNION ALL
                       SELECT person_id FROM deals WHERE opened_at >= s.starts_at AND opened_at < s.ends_at
                       OFFSET 0) a
)
SELECT person_id, person_id AS customer_id FROM asking
UNION ALL
SELECT a.person_id, r.customer_id FROM asking a JOIN roots r ON r.root_id = a.person_id
