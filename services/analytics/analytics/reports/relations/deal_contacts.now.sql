-- reads: closed_deals, roots
-- Contacts on the way to the deals won in the period: those that name the deal or its lead, and those of its customer
-- while it was in work. Keys are asked for as an array, of which the planner believes that it is short.
WITH won AS MATERIALIZED (
  SELECT deal_id, lead_id, person_id, opened_at FROM closed_deals WHERE stage_kind = 'won'
), cards AS MATERIALIZED (
  SELECT deal_id, opened_at, person_id AS customer_id FROM won
  UNION ALL
  SELECT w.deal_id, w.opened_at, r.customer_id FROM won w JOIN roots r ON r.root_id = w.person_id
)
SELECT w.deal_id, i.interaction_id, i.took_place_at
  FROM won w JOIN :schema.interactions i ON i.deal_id = w.deal_id
 WHERE i.deal_id = ANY (ARRAY(SELECT deal_id FROM won)) AND i.took_place_at IS NOT NULL
UNION ALL
SELECT w.deal_id, i.interaction_id, i.took_place_at
  FROM won w JOIN :schema.interactions i ON i.lead_id = w.lead_id
 WHERE i.lead_id = ANY (ARRAY(SELECT lead_id FROM won)) AND i.deal_id IS NULL AND i.took_place_at IS NOT NULL
UNION ALL
SELECT c.deal_id, i.interaction_id, i.took_place_at
  FROM cards c JOIN :schema.interactions i ON i.customer_id = c.customer_id AND i.took_place_at >= c.opened_at
 WHERE i.customer_id = ANY (ARRAY(SELECT customer_id FROM cards)) AND i.deal_id IS NULL AND i.lead_id IS NULL
