-- reads: request_parts, lead_parts, deal_parts
-- What the funnel counts before its stages, by the day alone.
SELECT day, sum(requests)::bigint AS requests, sum(leads)::bigint AS leads, sum(qualified)::bigint AS qualified,
       sum(with_deal)::bigint AS with_deal, sum(qualified_with_deal)::bigint AS qualified_with_deal, sum(deals)::bigint AS deals,
       sum(won)::bigint AS won, sum(lost)::bigint AS lost
  FROM (SELECT day, touches AS requests, 0 AS leads, 0 AS qualified, 0 AS with_deal, 0 AS qualified_with_deal, 0 AS deals,
               0 AS won, 0 AS lost
          FROM request_parts
        UNION ALL
        SELECT day, 0, leads, CASE WHEN is_qualified THEN leads END, CASE WHEN deal_directions <> '{}' THEN leads END,
               CASE WHEN is_qualified AND deal_directions <> '{}' THEN leads END, 0, 0, 0
          FROM lead_parts
        UNION ALL
        SELECT day, 0, 0, 0, 0, 0, deals, CASE WHEN stage_kind = 'won' THEN deals END, CASE WHEN stage_kind = 'lost' THEN deals END
          FROM deal_parts) counted
 GROUP BY 1
