-- reads: cohort, deals
-- Leads of the cohort, counted by what a report asks of each. deal_directions: the lines of business of its deals.
SELECT c.day, c.channel, c.direction, c.is_qualified, coalesce(d.deal_directions, '{}') AS deal_directions,
       coalesce(d.won_directions, '{}') AS won_directions, count(*) AS leads
  FROM cohort c
  LEFT JOIN (SELECT lead_id, array_agg(DISTINCT coalesce(direction, '') ORDER BY coalesce(direction, '')) AS deal_directions,
                    array_agg(DISTINCT coalesce(direction, '') ORDER BY coalesce(direction, ''))
                      FILTER (WHERE stage_kind = 'won') AS won_directions
               FROM deals GROUP BY 1) d USING (lead_id)
 GROUP BY 1, 2, 3, 4, 5, 6
