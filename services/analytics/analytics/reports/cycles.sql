-- reads: sale_parts
WITH parts AS MATERIALIZED (
  SELECT pipeline, deal_type, sales, days_in_all, days, days_from_touch, contacts FROM sale_parts
), lengths AS (
  SELECT pipeline, deal_type, :median(length, 1) AS median_days,
         round((percentile_cont(0.9) WITHIN GROUP (ORDER BY length))::numeric, 1) AS p90_days
    FROM parts CROSS JOIN LATERAL unnest(days) AS length GROUP BY 1, 2
), from_touches AS (
  SELECT pipeline, deal_type, :median(length, 1) AS median_days
    FROM parts CROSS JOIN LATERAL unnest(days_from_touch) AS length GROUP BY 1, 2
), sums AS (
  SELECT pipeline, deal_type, sum(sales) AS sales, sum(days_in_all) AS days_in_all, sum(contacts) AS contacts
    FROM parts GROUP BY 1, 2
)
SELECT s.pipeline, s.deal_type, s.sales, l.median_days, round(s.days_in_all / s.sales, 1) AS mean_days, l.p90_days,
       f.median_days AS median_days_from_first_touch, s.contacts, round(s.contacts / s.sales, 1) AS contacts_per_sale
  FROM sums s
  JOIN lengths l ON l.pipeline = s.pipeline AND l.deal_type IS NOT DISTINCT FROM s.deal_type
  LEFT JOIN from_touches f ON f.pipeline = s.pipeline AND f.deal_type IS NOT DISTINCT FROM s.deal_type
 ORDER BY s.sales DESC, 1, 2
