-- reads: leads, deals, roots, card_traits, lead_fields, deal_products
WITH requests AS MATERIALIZED (
  SELECT lead_id, person_id, category FROM leads WHERE captured_at >= :start AND captured_at < :end
), opened AS MATERIALIZED (
  SELECT deal_id, person_id, stage_kind, currency, amount FROM deals WHERE opened_at >= :start AND opened_at < :end
), asking AS MATERIALIZED (
  SELECT person_id FROM requests UNION SELECT person_id FROM opened
), cards AS MATERIALIZED (
  SELECT person_id, person_id AS customer_id FROM asking
  UNION
  SELECT a.person_id, r.customer_id FROM asking a JOIN roots r ON r.root_id = a.person_id
), said AS (
  SELECT person_id, 'category' AS need, category AS value FROM requests WHERE category IS NOT NULL
  UNION SELECT person_id, 'request:' || f.field, f.value FROM requests JOIN lead_fields f USING (lead_id)
  UNION SELECT person_id, t.trait, t.value FROM cards JOIN card_traits t USING (customer_id)
), asked AS MATERIALIZED (
  SELECT need, value, s.person_id, deal_id, stage_kind, currency, amount FROM said s LEFT JOIN opened USING (person_id)
  UNION
  SELECT 'product', p.product, person_id, deal_id, stage_kind, currency, amount
    FROM opened JOIN deal_products p USING (deal_id)
), sold AS (
  SELECT need, value, :money(amount) AS sold
    FROM (SELECT need, value, currency, sum(amount) AS amount FROM asked WHERE stage_kind = 'won' GROUP BY 1, 2, 3) sums
   GROUP BY 1, 2
), counted AS (
  SELECT need, value, count(DISTINCT person_id) AS customers, count(deal_id) AS deals,
         count(deal_id) FILTER (WHERE stage_kind = 'won') AS won,
         count(deal_id) FILTER (WHERE stage_kind = 'lost') AS lost
    FROM asked GROUP BY 1, 2
)
SELECT need, value, customers, round(100.0 * customers / (SELECT count(*) FROM asking), 1) AS share_percent, deals, won, lost,
       round(100.0 * won / nullif(won + lost, 0), 1) AS win_percent, coalesce(sold, '{}') AS sold
  FROM counted LEFT JOIN sold USING (need, value)
 ORDER BY need, customers DESC, value
