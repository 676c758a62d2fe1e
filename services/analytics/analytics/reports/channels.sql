-- reads: request_parts, lead_parts, deal_parts, money_parts, spend
WITH requests AS (
  SELECT channel, sum(touches) AS touches, sum(repeats) AS repeats FROM request_parts GROUP BY 1
), leads_of AS (
  SELECT channel, sum(leads) AS leads, coalesce(sum(leads) FILTER (WHERE is_qualified), 0) AS qualified,
         coalesce(sum(leads) FILTER (WHERE won_directions <> '{}'), 0) AS leads_won
    FROM lead_parts GROUP BY 1
), deals_of AS (
  SELECT channel, sum(deals) AS deals, sum(deals) FILTER (WHERE stage_kind = 'won') AS won,
         sum(deals) FILTER (WHERE stage_kind = 'lost') AS lost
    FROM deal_parts GROUP BY 1
), money AS (
  SELECT channel, currency, sum(revenue) AS revenue, sum(cost) AS cost
    FROM (SELECT channel, currency, amount AS revenue, NULL::numeric AS cost FROM money_parts
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
