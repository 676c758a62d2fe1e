-- reads: deals, receipts, leads, roots, persons, card_traits, deal_products
WITH bought AS (
  SELECT d.person_id, sum(r.amount) AS revenue
    FROM receipts r JOIN deals d USING (deal_id)
   WHERE r.at >= :start AND r.at < :end AND r.currency = :currency GROUP BY 1 HAVING sum(r.amount) > 0
), ranked AS MATERIALIZED (
  SELECT person_id, revenue, row_number() OVER (ORDER BY revenue DESC,
      person_id) <= ceil(count(*) OVER () * :best_percent::float8 / 100) AS is_best
    FROM bought
), cards AS MATERIALIZED (
  SELECT person_id, person_id AS customer_id FROM ranked
  UNION ALL
  SELECT b.person_id, r.customer_id FROM ranked b JOIN roots r ON r.root_id = b.person_id
), leads_of AS MATERIALIZED (
  SELECT c.person_id, l.lead_id, l.captured_at, l.channel, l.campaign, l.category, l.temperature
    FROM cards c JOIN leads l ON l.customer_id = c.customer_id
), deals_of AS MATERIALIZED (
  SELECT c.person_id, d.deal_id, d.pipeline, d.deal_type, d.stage_kind FROM cards c JOIN deals d ON d.customer_id = c.customer_id
), traits AS (
  SELECT DISTINCT person_id, 'channel' AS trait, channel AS value
    FROM (SELECT DISTINCT ON (person_id) person_id, channel FROM leads_of ORDER BY person_id, captured_at, lead_id) f
  UNION SELECT DISTINCT person_id, 'campaign', campaign FROM leads_of WHERE campaign IS NOT NULL
  UNION SELECT DISTINCT person_id, 'category', category FROM leads_of WHERE category IS NOT NULL
  UNION SELECT DISTINCT person_id, 'temperature', temperature FROM leads_of WHERE temperature IS NOT NULL
  UNION SELECT DISTINCT person_id, 'pipeline', pipeline FROM deals_of
  UNION SELECT DISTINCT person_id, 'deal_type', deal_type FROM deals_of
  UNION SELECT DISTINCT person_id, 'direction', p.direction FROM ranked JOIN persons p USING (person_id)
         -- Keys are asked for as an array, of which the planner believes that it is short: so it looks up these alone.
         WHERE p.direction IS NOT NULL AND p.person_id = ANY (ARRAY(SELECT person_id FROM ranked))
  UNION SELECT person_id, t.trait, t.value FROM cards JOIN card_traits t USING (customer_id)
         WHERE t.customer_id = ANY (ARRAY(SELECT customer_id FROM cards))
  UNION SELECT person_id, 'product', p.product FROM deals_of JOIN deal_products p USING (deal_id) WHERE stage_kind = 'won'
)
SELECT trait, value, count(*) AS customers, count(*) FILTER (WHERE is_best) AS best,
       round(100.0 * count(*) / (SELECT count(*) FROM ranked), 1) AS share_percent,
       round(100.0 * count(*) FILTER (WHERE is_best) / (SELECT count(*) FROM ranked WHERE is_best),
           1) AS best_share_percent,
       round((1.0 * count(*) FILTER (WHERE is_best) / (SELECT count(*) FROM ranked WHERE is_best))
             / (1.0 * count(*) / (SELECT count(*) FROM ranked)), 2) AS lift,
       sum(revenue) AS revenue, :currency AS currency
  FROM ranked JOIN traits USING (person_id)
 GROUP BY 1, 2
 ORDER BY trait, best DESC, customers DESC, value
