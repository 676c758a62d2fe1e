-- reads: staff, roots, segments
-- Leads with what holds of them, whatever channel they came by.
SELECT l.lead_id, l.customer_id, l.captured_at, l.channel, l.campaign, l.is_returning, l.is_test,
       coalesce(r.root_id, l.customer_id) AS person_id, l.direction, l.manager_id, m.department, l.qualified_at,
       l.refused_at IS NULL AND (l.qualified_version IS NULL OR l.qualified_version < l.refused_version) AS is_open,
       l.temperature, l.category
  FROM :schema.leads l
  LEFT JOIN roots r USING (customer_id)
  LEFT JOIN staff m USING (manager_id)
  LEFT JOIN segments g ON g.person_id = coalesce(r.root_id, l.customer_id)
 WHERE l.captured_at IS NOT NULL AND :seen(l.direction) AND :is(direction, l.direction)
   AND :is(manager, l.manager_id) AND :is(department, m.department) AND :is_of(g.segment)
