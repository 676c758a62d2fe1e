-- reads: staff, roots, segments, product_deals
-- Work for people. A task belongs to the line of business of its deal, else of its lead, else of its customer.
SELECT t.task_id, t.kind, coalesce(r.root_id, t.customer_id) AS person_id, t.deal_id, t.lead_id, t.created_at,
       t.assignee AS manager_id, m.department, t.due_at, t.completed_at, t.completed_at IS NULL AS is_open, o.direction
  FROM :schema.tasks t
  LEFT JOIN :schema.deals d ON d.deal_id = t.deal_id
  LEFT JOIN :schema.leads l ON l.lead_id = coalesce(t.lead_id, d.lead_id)
  LEFT JOIN :schema.customers c ON c.customer_id = t.customer_id
  LEFT JOIN roots r ON r.customer_id = t.customer_id
  LEFT JOIN staff m ON m.manager_id = t.assignee
  LEFT JOIN segments g ON g.person_id = coalesce(r.root_id, t.customer_id)
 CROSS JOIN LATERAL (SELECT coalesce(d.direction, l.direction, c.direction) AS direction) o
 WHERE t.created_at IS NOT NULL
   AND :seen(o.direction)
   AND :is(direction, o.direction)
   AND :is(manager, t.assignee) AND :is(department, m.department)
   AND :is(channel, l.channel) AND :is(campaign, l.campaign) AND :is(pipeline, d.pipeline)
   AND (:product IS NULL OR t.deal_id IN (SELECT deal_id FROM product_deals)) AND :is_of(g.segment)
