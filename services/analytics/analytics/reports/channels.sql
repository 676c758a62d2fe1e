-- reads: leads, deals, receipts, touches, spend
WITH requests AS (
  SELECT channel, count(*) AS touches, count(*) FILTER (WHERE NOT is_first) AS repeats
    FROM touches WHERE touched_at >= :start AND touched_at < :end GROUP BY 1
), leads_of AS (
  SELECT channel, count(*) AS leads, count(*) FILTER (WHERE qualified_at IS NOT NULL) AS qualified
    FROM leads WHERE captured_at >= :start AND captured_at < :end GROUP BY 1
), deals_of AS (
  SELECT channel, count(*) AS deals, count(*) FILTER (WHERE stage_kind = 'won') AS won,
         count(*) FILTER (WHERE stage_kind = 'lost') AS lost,
             count(DISTINCT lead_id) FILTER (WHERE stage_kind = 'won') AS leads_won
    FROM deals GROUP BY 1
), money AS (
  SELECT channel, currency, sum(revenue) AS revenue, sum(cost) AS cost
    FROM (SELECT d.channel, r.currency, r.amount AS revenue, NULL::numeric AS cost FROM deals d
        JOIN receipts r USING (deal_id)
          UNION ALL
          SELECT channel, currency, NULL, amount FROM spend WHERE day >= :start AND day < :end) sums
   GROUP BY 1, 2
), sums AS (
  SELECT channel,
         :money(revenue) AS revenue,
         :money(cost) AS cost,
         json_object_agg(currency, round(cost / l.leads, 2)::text ORDER BY currency)
           FILTER (WHERE cost IS NOT NULL AND l.leads > 0) AS cost_per_lead,
         json_object_agg(currency, round(100 * (coalesce(revenue, 0) - cost) / cost, 1) ORDER BY currency)
           FILTER (WHERE cost > 0) AS roi_percent
    FROM money LEFT JOIN leads_of l USING (channel) GROUP BY 1
)
SELECT channel, coalesce(touches, 0) AS touches, coalesce(repeats, 0) AS repeats, coalesce(leads, 0) AS leads,
       coalesce(qualified, 0) AS qualified, coalesce(deals, 0) AS deals, coalesce(won, 0) AS won,
           coalesce(lost, 0) AS lost,
       coalesce(revenue, '{}') AS revenue, coalesce(cost, '{}') AS cost, coalesce(cost_per_lead, '{}') AS cost_per_lead,
       coalesce(roi_percent, '{}') AS roi_percent,
       round(100.0 * coalesce(leads_won, 0) / nullif(leads, 0), 1) AS conversion_percent
  FROM requests FULL JOIN leads_of USING (channel) LEFT JOIN deals_of USING (channel) FULL JOIN sums USING (channel)
 ORDER BY leads DESC NULLS LAST, touches DESC NULLS LAST, channel
