-- reads: lead_scope, staff, roots, segments
-- Leads with what holds of them, whatever channel they came by.
SELECT l.*, coalesce(r.root_id, l.customer_id) AS person_id, d.direction, a.manager_id, m.department,
       q.qualified_at, s.status IS NULL OR s.status = 'open' AS is_open, q.temperature, q.category
  FROM lead_scope l
  LEFT JOIN roots r USING (customer_id)
  LEFT JOIN (SELECT DISTINCT ON (h.lead_id) h.lead_id, h.direction
               FROM :schema.lead_directions h JOIN lead_scope USING (lead_id)
              WHERE :known(h) ORDER BY h.lead_id, h.version DESC) d USING (lead_id)
  LEFT JOIN (SELECT DISTINCT ON (h.lead_id) h.lead_id, h.manager_id
               FROM :schema.lead_assignments h JOIN lead_scope USING (lead_id)
              WHERE :known(h) ORDER BY h.lead_id, h.version DESC) a USING (lead_id)
  LEFT JOIN (SELECT DISTINCT ON (h.lead_id) h.lead_id, h.status
               FROM :schema.lead_status_changes h JOIN lead_scope USING (lead_id)
              WHERE :known(h) ORDER BY h.lead_id, h.version DESC) s USING (lead_id)
  LEFT JOIN (SELECT h.lead_id, min(h.occurred_at) AS qualified_at,
                    (array_agg(h.temperature ORDER BY h.version DESC))[1] AS temperature,
                    (array_agg(h.category ORDER BY h.version DESC))[1] AS category
               FROM :schema.lead_status_changes h JOIN lead_scope USING (lead_id)
              WHERE :known(h) AND h.status = 'qualified' GROUP BY 1) q USING (lead_id)
  LEFT JOIN staff m ON m.manager_id = a.manager_id
  LEFT JOIN segments g ON g.person_id = coalesce(r.root_id, l.customer_id)
 WHERE :seen(d.direction) AND :is(direction, d.direction)
   AND :is(manager, a.manager_id) AND :is(department, m.department) AND :is_of(g.segment)
