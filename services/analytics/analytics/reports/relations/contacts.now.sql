-- reads: staff, roots, segments, product_deals
-- Calls, letters, messages, meetings and visits. took_place_at is when a contact was registered, or of a planned one that
-- was held the time it was planned for, if that was before it was concluded.
SELECT t.interaction_id, t.kind, t.flow, coalesce(r.root_id, t.customer_id) AS person_id, t.manager_id, m.department, o.direction,
       t.lead_id, t.deal_id, t.planned_at, t.concluded_at, t.cancelled_at, t.talk_seconds, t.call_result, t.is_held,
       t.took_place_at
  FROM :schema.interactions t
  LEFT JOIN :schema.deals d ON d.deal_id = t.deal_id
  LEFT JOIN :schema.leads l ON l.lead_id = coalesce(t.lead_id, d.lead_id)
  LEFT JOIN :schema.customers c ON c.customer_id = t.customer_id
  LEFT JOIN roots r ON r.customer_id = t.customer_id
  LEFT JOIN staff m ON m.manager_id = t.manager_id
  LEFT JOIN segments g ON g.person_id = coalesce(r.root_id, t.customer_id)
 CROSS JOIN LATERAL (SELECT coalesce(t.direction, d.direction, l.direction, c.direction) AS direction) o
 WHERE :seen(o.direction)
   AND :is(direction, o.direction)
   AND :is(manager, t.manager_id) AND :is(department, m.department)
   AND :is(channel, l.channel) AND :is(campaign, l.campaign) AND :is(pipeline, d.pipeline)
   AND (:product IS NULL OR t.deal_id IN (SELECT deal_id FROM product_deals)) AND :is_of(g.segment)
