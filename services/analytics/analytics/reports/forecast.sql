-- reads: open_parts, expected_parts, won_parts, probabilities, deals, stage_visits
WITH bounds AS (
  SELECT extract(epoch FROM least(greatest(:moment, :start), :end) - :start) AS passed,
         extract(epoch FROM :end - :start) AS whole, (:moment AT TIME ZONE :zone)::date AS today,
         (:end AT TIME ZONE :zone)::date AS ends
), waiting AS MATERIALIZED (
  SELECT w.*, p.probability
    FROM (SELECT pipeline, stage, currency, sum(deals) AS deals, sum(amount) AS amount, sum(soon) AS soon
            FROM (SELECT pipeline, stage, currency, deals, amount, NULL::numeric AS soon FROM open_parts
                  UNION ALL
                  SELECT pipeline, stage, currency, 0, NULL, amount FROM expected_parts JOIN bounds ON day >= today AND day < ends) p
           GROUP BY 1, 2, 3) w
    LEFT JOIN probabilities p USING (pipeline, stage)
), shares AS (
  -- How deals went on from a stage is looked at only where no pipeline says so: it takes the history of all of them. In
  -- order, for memory to hash them in would be taken even where none is.
  SELECT d.pipeline, v.stage, avg((d.stage_kind = 'won')::int) AS won_share
    FROM deals d JOIN (SELECT DISTINCT ON (deal_id, stage) deal_id, stage FROM stage_visits ORDER BY 1, 2) v USING (deal_id)
   WHERE d.stage_kind IN ('won', 'lost') AND EXISTS (SELECT FROM waiting WHERE probability IS NULL)
   GROUP BY 1, 2
), opened AS (
  SELECT w.currency, sum(w.deals) AS open_deals, sum(w.amount) AS open_sum,
         sum(w.amount * coalesce(w.probability, s.won_share, 0)) AS weighted,
         sum(w.soon * coalesce(w.probability, s.won_share, 0)) AS weighted_in_period
    FROM waiting w LEFT JOIN shares s USING (pipeline, stage) GROUP BY 1
), won AS (
  SELECT currency, sum(sales) AS sales, sum(amount) AS sold FROM won_parts GROUP BY 1
)
SELECT currency, coalesce(sales, 0) AS sales, round(coalesce(sold, 0), 2) AS sold, coalesce(open_deals, 0) AS open_deals,
       round(coalesce(open_sum, 0), 2) AS open_sum, round(coalesce(weighted, 0), 2) AS weighted,
       round(coalesce(weighted_in_period, 0), 2) AS weighted_in_period,
       round(coalesce(sold, 0) + coalesce(weighted_in_period, 0), 2) AS forecast,
       CASE WHEN :end < '9999-01-01' AND passed > 0 THEN round(coalesce(sold, 0) * whole / passed, 2) END AS run_rate
  FROM opened FULL JOIN won USING (currency) CROSS JOIN bounds
 ORDER BY currency
