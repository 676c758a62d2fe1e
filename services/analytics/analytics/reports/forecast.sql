-- reads: deals, stage_visits, probabilities, expectations
WITH bounds AS (
  SELECT extract(epoch FROM least(greatest(:moment, :start), :end) - :start) AS passed,
         extract(epoch FROM :end - :start) AS whole,
         daterange(today, greatest(today, (:end AT TIME ZONE :zone)::date)) AS to_come
    FROM (SELECT (:moment AT TIME ZONE :zone)::date AS today) t
), soon AS MATERIALIZED (
  -- The last expectation is looked up only of deals that had one of these days.
  SELECT deal_id FROM expectations JOIN bounds ON expected_date <@ to_come
), waiting AS MATERIALIZED (
  SELECT d.pipeline, d.stage, d.currency, d.amount, p.probability,
         d.deal_id IN (SELECT deal_id FROM soon) AND d.expected_date <@ b.to_come AS in_period
    FROM deals d CROSS JOIN bounds b LEFT JOIN probabilities p USING (pipeline, stage)
   WHERE d.is_open
), shares AS (
  -- How deals went on from a stage is looked at only where no pipeline says so: it takes the history of all of them.
  SELECT d.pipeline, v.stage, avg((d.stage_kind = 'won')::int) AS won_share
    FROM deals d JOIN (SELECT DISTINCT deal_id, stage FROM stage_visits) v USING (deal_id)
   WHERE d.stage_kind IN ('won', 'lost') AND EXISTS (SELECT FROM waiting WHERE probability IS NULL)
   GROUP BY 1, 2
), open_deals AS (
  SELECT w.currency, w.amount, w.amount * coalesce(w.probability, s.won_share, 0) AS weighted, w.in_period
    FROM waiting w LEFT JOIN shares s USING (pipeline, stage)
), opened AS (
  SELECT currency, count(*) AS open_deals, sum(amount) AS open_sum, sum(weighted) AS weighted,
         coalesce(sum(weighted) FILTER (WHERE in_period), 0) AS weighted_in_period
    FROM open_deals GROUP BY 1
), won AS (
  SELECT currency, count(*) AS sales, sum(amount) AS sold
    FROM deals WHERE stage_kind = 'won' AND stage_at >= :start AND stage_at < :end GROUP BY 1
)
SELECT currency, coalesce(sales, 0) AS sales, round(coalesce(sold, 0), 2) AS sold, coalesce(open_deals, 0) AS open_deals,
       round(coalesce(open_sum, 0), 2) AS open_sum, round(coalesce(weighted, 0), 2) AS weighted,
       round(coalesce(weighted_in_period, 0), 2) AS weighted_in_period,
       round(coalesce(sold, 0) + coalesce(weighted_in_period, 0), 2) AS forecast,
       CASE WHEN :end < '9999-01-01' AND passed > 0 THEN round(coalesce(sold, 0) * whole / passed, 2) END AS run_rate
  FROM opened FULL JOIN won USING (currency) CROSS JOIN bounds
 ORDER BY currency
