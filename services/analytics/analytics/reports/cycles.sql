-- reads: deals, card_touches, roots, deal_contacts
WITH won AS MATERIALIZED (
  SELECT deal_id, person_id, pipeline, deal_type, opened_at, stage_at AS won_at
    FROM deals WHERE stage_kind = 'won' AND stage_at >= :start AND stage_at < :end
), cards AS (
  SELECT deal_id, won_at, person_id AS customer_id FROM won
  UNION ALL
  SELECT w.deal_id, w.won_at, r.customer_id FROM won w JOIN roots r ON r.root_id = w.person_id
), first_touches AS (
  SELECT deal_id, won_at, min(touched_at) AS touched_at FROM cards JOIN card_touches USING (customer_id) GROUP BY 1, 2
), facts AS (
  SELECT deal_id, pipeline, deal_type, extract(epoch FROM won_at - opened_at) / 86400 AS days,
      NULL::numeric AS days_from_touch,
         0 AS contacts
    FROM won
  UNION ALL
  SELECT deal_id, NULL, NULL, NULL, extract(epoch FROM won_at - touched_at) / 86400, 0
    FROM first_touches WHERE touched_at <= won_at
  UNION ALL
  SELECT deal_id, NULL, NULL, NULL, NULL, 1 FROM won w JOIN deal_contacts c USING (deal_id)
      WHERE c.took_place_at <= w.won_at
), sales AS (
  SELECT any_value(pipeline) AS pipeline, any_value(deal_type) AS deal_type, max(days) AS days,
         max(days_from_touch) AS days_from_touch, sum(contacts) AS contacts
    FROM facts GROUP BY deal_id
)
SELECT pipeline, deal_type, count(*) AS sales,
       :median(days, 1) AS median_days,
       round(avg(days)::numeric, 1) AS mean_days,
       round((percentile_cont(0.9) WITHIN GROUP (ORDER BY days))::numeric, 1) AS p90_days,
       :median(days_from_touch, 1) AS median_days_from_first_touch,
       sum(contacts) AS contacts, round(sum(contacts) / count(*), 1) AS contacts_per_sale
  FROM sales
 GROUP BY 1, 2
 ORDER BY sales DESC, 1, 2
