-- reads: leads
-- When somebody first answered a lead: took it, wrote to, called or met its customer.
SELECT lead_id, min(at) AS answered_at
  FROM (SELECT h.lead_id, h.occurred_at AS at FROM :schema.lead_takings h JOIN leads USING (lead_id) WHERE :known(h)
        UNION ALL
        SELECT l.lead_id, h.occurred_at
          FROM leads l JOIN :schema.interaction_changes h ON h.customer_id = l.customer_id
              AND h.occurred_at >= l.captured_at
         WHERE :known(h) AND h.change IN ('registered', 'progressed') AND h.flow = 'out') answers
 GROUP BY 1
