-- reads: deals, person_touches, deal_contacts
WITH won AS MATERIALIZED (
  SELECT deal_id, person_id, pipeline, deal_type, stage_at AS won_at, extract(epoch FROM stage_at - opened_at) / 86400 AS days
    FROM deals WHERE stage_kind = 'won' AND stage_at >= :start AND stage_at < :end
), first_touches AS (
  SELECT w.deal_id, extract(epoch FROM w.won_at - min(t.touched_at)) / 86400 AS days_from_touch
    FROM won w JOIN person_touches t ON t.person_id = w.person_id AND t.touched_at <= w.won_at GROUP BY w.deal_id, w.won_at
), contacts_of AS (
  SELECT w.deal_id, count(*) AS contacts
    FROM won w JOIN deal_contacts c ON c.deal_id = w.deal_id AND c.took_place_at <= w.won_at GROUP BY 1
)
SELECT pipeline, deal_type, count(*) AS sales,
       round((percentile_cont(0.5) WITHIN GROUP (ORDER BY days))::numeric, 1) AS median_days,
       round(avg(days)::numeric, 1) AS mean_days,
       round((percentile_cont(0.9) WITHIN GROUP (ORDER BY days))::numeric, 1) AS p90_days,
       round((percentile_cont(0.5) WITHIN GROUP (ORDER BY days_from_touch))::numeric, 1) AS median_days_from_first_touch,
       coalesce(sum(contacts), 0) AS contacts, round(coalesce(sum(contacts), 0) / count(*), 1) AS contacts_per_sale
  FROM won LEFT JOIN first_touches USING (deal_id) LEFT JOIN contacts_of USING (deal_id)
 GROUP BY 1, 2
 ORDER BY sales DESC, 1, 2
