-- kept
-- reads: buyer_cards, leads, deals, persons, card_traits, deal_products
-- What is known of persons who paid, of all their leads and deals. Keys are asked for as arrays, of which the planner
-- believes that they are short: so it looks up these alone.
WITH leads_of AS MATERIALIZED (
  SELECT person_id, lead_id, captured_at, channel, campaign, category, temperature
    FROM leads WHERE customer_id = ANY (ARRAY(SELECT customer_id FROM buyer_cards))
), deals_of AS MATERIALIZED (
  SELECT person_id, deal_id, pipeline, deal_type, stage_kind
    FROM deals WHERE customer_id = ANY (ARRAY(SELECT customer_id FROM buyer_cards))
)
SELECT person_id, 'channel' AS trait, channel AS value
  FROM (SELECT DISTINCT ON (person_id) person_id, channel FROM leads_of ORDER BY person_id, captured_at, lead_id) f
UNION SELECT person_id, 'campaign', campaign FROM leads_of WHERE campaign IS NOT NULL
UNION SELECT person_id, 'category', category FROM leads_of WHERE category IS NOT NULL
UNION SELECT person_id, 'temperature', temperature FROM leads_of WHERE temperature IS NOT NULL
UNION SELECT person_id, 'pipeline', pipeline FROM deals_of
UNION SELECT person_id, 'deal_type', deal_type FROM deals_of
UNION SELECT person_id, 'direction', direction FROM persons
       WHERE direction IS NOT NULL AND person_id = ANY (ARRAY(SELECT DISTINCT person_id FROM buyer_cards))
UNION SELECT c.person_id, t.trait, t.value FROM buyer_cards c JOIN card_traits t USING (customer_id)
       WHERE t.customer_id = ANY (ARRAY(SELECT customer_id FROM buyer_cards))
UNION SELECT person_id, 'product', p.product_id::text FROM deals_of JOIN deal_products p USING (deal_id)
       WHERE stage_kind = 'won'
