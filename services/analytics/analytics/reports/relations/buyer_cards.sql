-- kept
-- reads: buyer_money, roots
-- Persons who paid, with all their cards.
WITH buyers AS MATERIALIZED (
  SELECT DISTINCT person_id FROM buyer_money
)
SELECT person_id, person_id AS customer_id FROM buyers
UNION ALL
SELECT b.person_id, r.customer_id FROM buyers b JOIN roots r ON r.root_id = b.person_id
