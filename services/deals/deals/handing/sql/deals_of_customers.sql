-- Open deals of these customers that the manager named beside each of them has.
SELECT DISTINCT d.deal_id, g.place
  FROM unnest($1::uuid[], $2::text[], $3::int[]) AS g(customer_id, manager_id, place)
  JOIN deals d ON d.customer_id = g.customer_id AND d.manager_id = g.manager_id AND d.state IN ('open', 'nurture')
 ORDER BY g.place, d.deal_id
