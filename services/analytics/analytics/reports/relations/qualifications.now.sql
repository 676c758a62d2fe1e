-- reads: leads
-- When leads were first qualified, as their history says, which is kept by time.
SELECT l.lead_id, l.direction, h.occurred_at AS qualified_at
  FROM :schema.lead_status_changes h JOIN leads l ON l.lead_id = h.lead_id AND l.qualified_at = h.occurred_at
 WHERE h.status = 'qualified'
   AND NOT EXISTS (SELECT FROM :schema.lead_status_changes e
                    WHERE e.lead_id = h.lead_id AND e.version < h.version AND e.status = 'qualified'
                      AND e.occurred_at = h.occurred_at)
