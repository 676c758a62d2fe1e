-- kept
-- reads: askings, roots
-- Persons with a lead or a deal of the period, with all their cards.
SELECT person_id, person_id AS customer_id FROM askings
UNION ALL
SELECT a.person_id, r.customer_id FROM askings a JOIN roots r ON r.root_id = a.person_id
