-- reads: said, asking_deals, asked_products
-- Deals of the period whose customers asked for something in it, or on whose lines it is.
WITH asked AS (
  SELECT d.*, s.need, s.value FROM said s JOIN asking_deals d USING (person_id) WHERE s.need <> 'product'
  UNION ALL
  SELECT deal_id, person_id, is_won, is_lost, currency, amount, day, 'product', product FROM asked_products
)
SELECT day, day AS said_on, 'infinity'::date AS said_next, need, value, currency, count(*) AS deals,
       count(*) FILTER (WHERE is_won) AS won, count(*) FILTER (WHERE is_lost) AS lost,
       sum(amount) FILTER (WHERE is_won) AS amount
  FROM asked GROUP BY 1, 2, 3, 4, 5, 6
