-- Of these leads those that are qualified, have no deal yet, and whose customer is not erased.
SELECT l.lead_id, l.customer_id, l.manager_id, l.direction, l.temperature, l.source
  FROM leads l
 WHERE l.lead_id = ANY($1::uuid[]) AND l.qualified_at IS NOT NULL
   AND NOT EXISTS (SELECT FROM deals d WHERE d.lead_id = l.lead_id)
   AND NOT EXISTS (SELECT FROM erased_customers e WHERE e.customer_id = l.customer_id)
