-- reads: spans, said, asking_deals, asked_products
-- Deals opened on the days, by what their customers asked for: on which day last, at the latest on that of the deal, and on
-- which first after it. The deal counts where either is in the period; what is asked for on its own day always is.
WITH opened AS MATERIALIZED (
  SELECT d.* FROM asking_deals d JOIN spans USING (day)
), asked AS (
  SELECT d.*, s.need, s.value, max(s.day) FILTER (WHERE s.day <= d.day) AS said_on,
         min(s.day) FILTER (WHERE s.day > d.day) AS said_next
    FROM opened d JOIN said s USING (person_id)
   WHERE s.need <> 'product'
   GROUP BY d.deal_id, d.person_id, d.is_won, d.is_lost, d.currency, d.amount, d.day, s.need, s.value
  UNION ALL
  SELECT d.*, 'product', p.product, d.day, NULL::date FROM opened d JOIN asked_products p USING (deal_id)
)
SELECT day, coalesce(said_on, '-infinity') AS said_on,
       CASE WHEN said_on = day THEN 'infinity' ELSE coalesce(said_next, 'infinity') END AS said_next, need, value, currency,
       count(*) AS deals, count(*) FILTER (WHERE is_won) AS won, count(*) FILTER (WHERE is_lost) AS lost,
       sum(amount) FILTER (WHERE is_won) AS amount
  FROM asked GROUP BY 1, 2, 3, 4, 5, 6
