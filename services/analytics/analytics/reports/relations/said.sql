-- kept
-- reads: askings, asking_leads, asking_cards, card_traits, lead_fields, asked_products
-- What persons asked for, by day: what their requests and deals of the day say, and what is known of them.
SELECT DISTINCT person_id, day, 'category' AS need, category AS value FROM asking_leads WHERE category IS NOT NULL
UNION ALL
SELECT DISTINCT l.person_id, l.day, 'request:' || f.field, f.value FROM asking_leads l JOIN lead_fields f USING (lead_id)
UNION ALL
SELECT DISTINCT a.person_id, a.day, t.trait, t.value
  FROM askings a JOIN asking_cards c USING (person_id) JOIN card_traits t USING (customer_id)
 -- As an array, of which the planner believes that it is short: so it looks up these alone.
 WHERE t.customer_id = ANY (ARRAY(SELECT customer_id FROM asking_cards))
UNION ALL
SELECT DISTINCT person_id, day, 'product', product FROM asked_products
