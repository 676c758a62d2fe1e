-- reads: staff, roots, segments, product_deals
-- Calls, letters, messages, meetings and visits that anything was told of or planned for in the period or its reach.
-- took_place_at is when a contact was registered, or of a planned one that was held the time it was planned for, if that
-- was before it was concluded.
WITH scope AS (
  SELECT interaction_id FROM :schema.interaction_changes
   WHERE occurred_at >= :start AND occurred_at < :end + make_interval(days => :reach_days::int)
  UNION
  SELECT interaction_id FROM :schema.interaction_changes
   WHERE planned_at >= :start AND planned_at < :end + make_interval(days => :reach_days::int)
), told AS (
  SELECT s.interaction_id, c.*
    FROM scope s CROSS JOIN LATERAL (
  SELECT count(*) AS changes,
         (array_agg(h.kind ORDER BY h.version DESC) FILTER (WHERE h.kind IS NOT NULL))[1] AS kind,
         (array_agg(h.flow ORDER BY h.version DESC) FILTER (WHERE h.flow IS NOT NULL))[1] AS flow,
         (array_agg(h.customer_id ORDER BY h.version DESC) FILTER (WHERE h.customer_id IS NOT NULL))[1] AS customer_id,
         (array_agg(h.manager_id ORDER BY h.version DESC) FILTER (WHERE h.manager_id IS NOT NULL))[1] AS manager_id,
         (array_agg(h.lead_id ORDER BY h.version DESC) FILTER (WHERE h.lead_id IS NOT NULL))[1] AS lead_id,
         (array_agg(h.deal_id ORDER BY h.version DESC) FILTER (WHERE h.deal_id IS NOT NULL))[1] AS deal_id,
         (array_agg(h.direction ORDER BY h.version DESC) FILTER (WHERE h.direction IS NOT NULL))[1] AS direction,
         (array_agg(h.planned_at ORDER BY h.version DESC) FILTER (WHERE h.planned_at IS NOT NULL))[1] AS planned_at,
         (array_agg(h.talk_seconds ORDER BY h.version DESC) FILTER (WHERE h.talk_seconds IS NOT NULL))[1] AS talk_seconds,
         (array_agg(h.call_result ORDER BY h.version DESC) FILTER (WHERE h.call_result IS NOT NULL))[1] AS call_result,
         (array_agg(h.is_held ORDER BY h.version DESC) FILTER (WHERE h.change = 'concluded'))[1] AS is_held,
         min(h.occurred_at) FILTER (WHERE h.change = 'registered') AS registered_at,
         max(h.occurred_at) FILTER (WHERE h.change = 'concluded') AS concluded_at,
         max(h.occurred_at) FILTER (WHERE h.change = 'cancelled') AS cancelled_at
    FROM :schema.interaction_changes h WHERE h.interaction_id = s.interaction_id AND :known(h)) c
   WHERE c.changes > 0
)
SELECT t.interaction_id, t.kind, t.flow, coalesce(r.root_id, t.customer_id) AS person_id, t.manager_id, m.department,
       t.lead_id, t.deal_id, t.planned_at, t.concluded_at, t.cancelled_at, t.talk_seconds, t.call_result, t.is_held,
       coalesce(t.registered_at, CASE WHEN t.is_held THEN least(t.planned_at, t.concluded_at) END) AS took_place_at
  FROM told t
  LEFT JOIN :schema.deals d ON d.deal_id = t.deal_id
  LEFT JOIN :schema.leads l ON l.lead_id = coalesce(t.lead_id, d.lead_id)
  LEFT JOIN LATERAL (SELECT h.direction FROM :schema.lead_directions h
                      WHERE (:visible IS NOT NULL OR :direction IS NOT NULL)
                        AND h.lead_id = coalesce(t.lead_id, d.lead_id) AND :known(h)
                      ORDER BY h.version DESC LIMIT 1) x ON true
  LEFT JOIN :schema.customers c ON c.customer_id = t.customer_id
  LEFT JOIN roots r ON r.customer_id = t.customer_id
  LEFT JOIN staff m ON m.manager_id = t.manager_id
  LEFT JOIN segments g ON g.person_id = coalesce(r.root_id, t.customer_id)
 CROSS JOIN LATERAL (SELECT coalesce(t.direction, d.direction, x.direction, c.direction) AS direction) o
 WHERE :seen(o.direction) AND :is(direction, o.direction) AND :is(manager, t.manager_id) AND :is(department, m.department)
   AND :is(channel, l.channel) AND :is(campaign, l.campaign) AND :is(pipeline, d.pipeline)
   AND (:product IS NULL OR t.deal_id IN (SELECT deal_id FROM product_deals)) AND (:segment IS NULL OR coalesce(g.segment, 'casual') = :segment)
