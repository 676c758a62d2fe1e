-- reads: roots, segments, chosen
-- Messages by rules with what became of them: by our own log, or by what their provider told.
SELECT m.message_id, m.template, m.medium, c.direction, m.requested_at, s.sent_at, s.failed_at, s.unconfirmed_at,
       least(s.opened_at, d.opened_at, s.clicked_at, d.clicked_at) AS opened_at,
       least(s.clicked_at, d.clicked_at) AS clicked_at,
       least(s.delivered_at, d.delivered_at, s.opened_at, d.opened_at, s.clicked_at, d.clicked_at) AS delivered_at,
       least(s.bounced_at, d.bounced_at) AS bounced_at, d.complained_at,
       least(s.unsubscribed_at, d.unsubscribed_at) AS unsubscribed_at
  FROM :schema.messages m
 CROSS JOIN LATERAL (
       SELECT min(h.occurred_at) FILTER (WHERE h.change = 'sent') AS sent_at,
              min(h.occurred_at) FILTER (WHERE h.change = 'failed') AS failed_at,
              min(h.occurred_at) FILTER (WHERE h.change = 'unconfirmed') AS unconfirmed_at,
              min(h.occurred_at) FILTER (WHERE h.change = 'delivered') AS delivered_at,
              min(h.occurred_at) FILTER (WHERE h.change = 'opened') AS opened_at,
              min(h.occurred_at) FILTER (WHERE h.change = 'clicked') AS clicked_at,
              min(h.occurred_at) FILTER (WHERE h.change = 'bounced') AS bounced_at,
              min(h.occurred_at) FILTER (WHERE h.change = 'unsubscribed') AS unsubscribed_at
         FROM :schema.message_changes h WHERE h.message_id = m.message_id) s
 CROSS JOIN LATERAL (
       SELECT min(h.occurred_at) FILTER (WHERE h.state IN ('delivered', 'read')) AS delivered_at,
              min(h.occurred_at) FILTER (WHERE h.state IN ('opened', 'read')) AS opened_at,
              min(h.occurred_at) FILTER (WHERE h.state = 'clicked') AS clicked_at,
              min(h.occurred_at) FILTER (WHERE h.state = 'bounced') AS bounced_at,
              min(h.occurred_at) FILTER (WHERE h.state = 'complained') AS complained_at,
              min(h.occurred_at) FILTER (WHERE h.state = 'unsubscribed') AS unsubscribed_at
         FROM :schema.delivery_reports h WHERE h.message_id = m.message_id) d
  LEFT JOIN :schema.customers c ON c.customer_id = m.customer_id
  LEFT JOIN roots r ON r.customer_id = m.customer_id
  LEFT JOIN segments g ON g.person_id = coalesce(r.root_id, m.customer_id)
 WHERE m.requested_at IS NOT NULL AND :seen(c.direction) AND :is(direction, c.direction) AND :is_of(g.segment)
   AND :is_chosen(coalesce(r.root_id, m.customer_id))
