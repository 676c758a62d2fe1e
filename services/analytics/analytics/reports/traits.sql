-- reads: buyer_parts, trait_parts, product_codes
WITH buyers AS MATERIALIZED (
  -- Who paid on one day of the period alone is a row already.
  SELECT person_id, amount AS revenue, traits, trait_values
    FROM buyer_parts
   WHERE currency = :currency AND since < (:start AT TIME ZONE :zone)::date AND until >= (:end AT TIME ZONE :zone)::date
  UNION ALL
  SELECT person_id, sum(amount), any_value(traits), any_value(trait_values)
    FROM buyer_parts
   WHERE currency = :currency AND (since >= (:start AT TIME ZONE :zone)::date OR until < (:end AT TIME ZONE :zone)::date)
   GROUP BY 1
), paying AS MATERIALIZED (
  SELECT count(*) AS customers, ceil(count(*) * :best_percent::float8 / 100)::bigint AS best FROM buyers WHERE revenue > 0
), best AS (
  SELECT traits, trait_values FROM buyers WHERE revenue > 0 ORDER BY revenue DESC, person_id LIMIT (SELECT best FROM paying)
), parts AS (
  -- Who pays again before the end of the period is counted on that day; who got back all that he paid is taken off.
  SELECT trait, value, customers - coalesce(again[width_bucket((:end AT TIME ZONE :zone)::date - 1, untils)], 0) AS customers,
         0 AS best, amount AS revenue
    FROM trait_parts WHERE currency = :currency
  UNION ALL
  SELECT trait, value, -1, 0, -revenue FROM buyers, unnest(traits, trait_values) AS known (trait, value) WHERE revenue <= 0
  UNION ALL
  SELECT trait, value, 0, count(*), 0 FROM best, unnest(traits, trait_values) AS known (trait, value) GROUP BY 1, 2
), counted AS (
  SELECT trait, value, sum(customers)::bigint AS customers, sum(best)::bigint AS best, sum(revenue) AS revenue
    FROM parts GROUP BY 1, 2
), named AS (
  SELECT trait, value, customers, best, revenue,
         CASE WHEN trait = 'product' THEN (SELECT code FROM product_codes WHERE product_id = value::uuid) END AS code
    FROM counted WHERE customers > 0
)
SELECT trait, coalesce(code, value) AS value, n.customers, n.best,
       round(100.0 * n.customers / p.customers, 1) AS share_percent, round(100.0 * n.best / p.best, 1) AS best_share_percent,
       round((1.0 * n.best / p.best) / (1.0 * n.customers / p.customers), 2) AS lift, revenue, :currency AS currency
  FROM named n, paying p
 ORDER BY trait, n.best DESC, n.customers DESC, 2
