-- reads: need_parts, demand_parts, product_codes
WITH counted AS MATERIALIZED (
  -- Who asks for it again before the end of the period is counted on that day.
  SELECT need, value,
         sum(customers - coalesce(again[width_bucket((:end AT TIME ZONE :zone)::date - 1, untils)], 0))::bigint AS customers
    FROM need_parts GROUP BY 1, 2
), demanded AS (
  SELECT need, value, currency, sum(deals) AS deals, sum(won) AS won, sum(lost) AS lost, sum(amount) AS amount
    FROM demand_parts
   WHERE said_on >= (:start AT TIME ZONE :zone)::date OR said_next < (:end AT TIME ZONE :zone)::date
   GROUP BY 1, 2, 3
), dealt AS (
  SELECT need, value, sum(deals)::bigint AS deals, sum(won)::bigint AS won, sum(lost)::bigint AS lost, :money(amount) AS sold
    FROM demanded GROUP BY 1, 2
), named AS (
  SELECT need, value, customers,
         CASE WHEN need = 'product' THEN (SELECT code FROM product_codes WHERE product_id = value::uuid) END AS code
    FROM counted WHERE need IS NOT NULL
)
SELECT need, coalesce(code, value) AS value, customers,
       round(100.0 * customers / (SELECT customers FROM counted WHERE need IS NULL), 1) AS share_percent,
       coalesce(deals, 0) AS deals, coalesce(won, 0) AS won, coalesce(lost, 0) AS lost,
       round(100.0 * won / nullif(won + lost, 0), 1) AS win_percent, coalesce(sold, '{}') AS sold
  FROM named LEFT JOIN dealt USING (need, value)
 ORDER BY need, customers DESC, 2
