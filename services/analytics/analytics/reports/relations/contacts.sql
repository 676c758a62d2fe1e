-- reads: staff, roots, segments, product_deals
-- Calls, letters, messages, meetings and visits that anything was told of or planned for in the period or its reach.
-- took_place_at is when a contact was registered, or of a planned one that was held the time it was planned for, if
-- that was before it was concluded.
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
         :last(h.kind) AS kind,
         :last(h.flow) AS flow,
         :last(h.customer_id) AS customer_id,
         :last(h.manager_id) AS manager_id,
         :last(h.lead_id) AS lead_id,
         :last(h.deal_id) AS deal_id,
         :last(h.direction) AS direction,
         :last(h.planned_at) AS planned_at,
         :last(h.talk_seconds) AS talk_seconds,
         :last(h.call_result) AS call_result,
         (array_agg(h.is_held ORDER BY h.version DESC) FILTER (WHERE h.change = 'concluded'))[1] AS is_held,
         min(h.occurred_at) FILTER (WHERE h.change = 'registered') AS registered_at,
         (array_agg(h.occurred_at ORDER BY h.version DESC) FILTER (WHERE h.change = 'concluded'))[1] AS concluded_at,
         (array_agg(h.occurred_at ORDER BY h.version DESC) FILTER (WHERE h.change = 'cancelled'))[1] AS cancelled_at
    FROM :schema.interaction_changes h WHERE h.interaction_id = s.interaction_id AND :known(h)) c
   WHERE c.changes > 0
)
SELECT t.interaction_id, t.kind, t.flow, coalesce(r.root_id, t.customer_id) AS person_id, t.manager_id, m.department, o.direction,
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
   AND (:product IS NULL OR t.deal_id IN (SELECT deal_id FROM product_deals)) AND :is_of(g.segment)
