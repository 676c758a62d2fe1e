-- kept
-- reads: paid, card_touches, roots
-- The requests of those who paid on the days, by the person.
WITH cards AS MATERIALIZED (
  SELECT person_id, person_id AS customer_id FROM paid
  UNION
  SELECT p.person_id, r.customer_id FROM paid p JOIN roots r ON r.root_id = p.person_id
)
SELECT c.person_id, t.touch_id, t.touched_at, t.channel
  FROM cards c JOIN card_touches t USING (customer_id) WHERE t.customer_id = ANY (ARRAY(SELECT customer_id FROM cards))
