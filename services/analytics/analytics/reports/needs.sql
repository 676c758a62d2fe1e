-- reads: leads, deals, roots, card_traits, lead_fields, deal_products
WITH requests AS MATERIALIZED (
  SELECT lead_id, person_id, category FROM leads WHERE captured_at >= :start AND captured_at < :end
), opened AS MATERIALIZED (
  SELECT deal_id, person_id, is_won, is_lost, currency, amount FROM deals WHERE opened_at >= :start AND opened_at < :end
), asking AS MATERIALIZED (
  SELECT person_id FROM requests UNION SELECT person_id FROM opened
), cards AS MATERIALIZED (
  SELECT person_id, person_id AS customer_id FROM asking
  UNION ALL
  SELECT a.person_id, r.customer_id FROM asking a JOIN roots r ON r.root_id = a.person_id
), said AS MATERIALIZED (
  SELECT DISTINCT person_id, 'category' AS need, category AS value FROM requests WHERE category IS NOT NULL
  UNION ALL
  SELECT DISTINCT person_id, 'request:' || f.field, f.value FROM requests JOIN lead_fields f USING (lead_id)
  UNION ALL
  SELECT DISTINCT person_id, t.trait, t.value FROM cards JOIN card_traits t USING (customer_id)
   -- As an array, of which the planner believes that it is short: so it looks up these alone.
   WHERE t.customer_id = ANY (ARRAY(SELECT customer_id FROM cards))
), ordered AS MATERIALIZED (
  SELECT DISTINCT 'product' AS need, p.product AS value, o.* FROM opened o JOIN deal_products p USING (deal_id)
), asked AS MATERIALIZED (
  SELECT need, value, o.* FROM said JOIN opened o USING (person_id) UNION ALL SELECT * FROM ordered
), sold AS (
  SELECT need, value, :money(amount) AS sold
    FROM (SELECT need, value, currency, sum(amount) AS amount FROM asked WHERE is_won GROUP BY 1, 2, 3) sums
   GROUP BY 1, 2
), counted AS (
  SELECT need, value, count(*) AS customers FROM said GROUP BY 1, 2
  UNION ALL
  SELECT need, value, count(DISTINCT person_id) FROM ordered GROUP BY 1, 2
), dealt AS (
  SELECT need, value, count(*) AS deals, count(*) FILTER (WHERE is_won) AS won, count(*) FILTER (WHERE is_lost) AS lost
    FROM asked GROUP BY 1, 2
)
SELECT need, value, customers, round(100.0 * customers / (SELECT count(*) FROM asking), 1) AS share_percent,
       coalesce(deals, 0) AS deals, coalesce(won, 0) AS won, coalesce(lost, 0) AS lost,
       round(100.0 * won / nullif(won + lost, 0), 1) AS win_percent, coalesce(sold, '{}') AS sold
  FROM counted LEFT JOIN dealt USING (need, value) LEFT JOIN sold USING (need, value)
 ORDER BY need, customers DESC, value
