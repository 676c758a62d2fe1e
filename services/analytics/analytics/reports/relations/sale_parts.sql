-- reads: closed_deals, card_touches, roots, deal_contacts
-- Deals won; days and days_from_touch: how long each took from its opening and from the customer's first request.
WITH won AS MATERIALIZED (
  SELECT day, deal_id, person_id, pipeline, deal_type, direction, opened_at, stage_at AS won_at
    FROM closed_deals WHERE stage_kind = 'won'
), cards AS MATERIALIZED (
  SELECT deal_id, person_id AS customer_id FROM won
  UNION ALL
  SELECT w.deal_id, r.customer_id FROM won w JOIN roots r ON r.root_id = w.person_id
), touched AS (
  SELECT deal_id, min(touched_at) AS touched_at
    FROM cards JOIN card_touches t USING (customer_id)
   WHERE t.customer_id = ANY (ARRAY(SELECT customer_id FROM cards)) GROUP BY 1
), contacted AS (
  SELECT w.deal_id, count(*) AS contacts
    FROM won w JOIN deal_contacts c USING (deal_id) WHERE c.took_place_at <= w.won_at GROUP BY 1
), sales AS (
  SELECT day, pipeline, deal_type, direction, extract(epoch FROM won_at - opened_at) / 86400 AS length,
         CASE WHEN touched_at <= won_at THEN extract(epoch FROM won_at - touched_at) / 86400 END AS since_touch,
         coalesce(contacts, 0) AS contacts
    FROM won LEFT JOIN touched USING (deal_id) LEFT JOIN contacted USING (deal_id)
)
SELECT day, pipeline, deal_type, direction, count(*) AS sales, sum(length) AS days_in_all, array_agg(length::float8) AS days,
       array_agg(since_touch::float8) FILTER (WHERE since_touch IS NOT NULL) AS days_from_touch, sum(contacts) AS contacts
  FROM sales GROUP BY 1, 2, 3, 4
