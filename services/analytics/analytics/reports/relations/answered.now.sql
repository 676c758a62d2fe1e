-- reads: leads
-- When somebody first answered a lead of the period: took it, wrote to, called or met its customer.
SELECT l.lead_id, least(t.answered_at, c.answered_at) AS answered_at
  FROM leads l
  LEFT JOIN LATERAL (SELECT min(h.occurred_at) AS answered_at FROM :schema.lead_takings h WHERE h.lead_id = l.lead_id) t ON true
  LEFT JOIN LATERAL (SELECT h.occurred_at AS answered_at FROM :schema.interaction_changes h
                      WHERE h.customer_id = l.customer_id AND h.occurred_at >= l.captured_at
                        AND h.flow = 'out' AND h.change IN ('registered', 'progressed')
                      ORDER BY h.occurred_at LIMIT 1) c ON true
 WHERE l.captured_at >= :start AND l.captured_at < :end
