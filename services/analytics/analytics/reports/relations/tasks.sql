-- reads: staff, roots, segments, product_deals
-- Work for people. A task belongs to the line of business of its deal, else of its lead, else of its customer.
SELECT t.task_id, t.kind, coalesce(r.root_id, t.customer_id) AS person_id, t.deal_id, t.lead_id, t.created_at,
    s.assignee AS manager_id,
       m.department, s.due_at, s.completed_at, s.completed_at IS NULL AS is_open, o.direction
  FROM :schema.tasks t
  JOIN (SELECT h.task_id,
               :last(h.assignee) AS assignee,
               :last(h.due_at) AS due_at,
               min(h.occurred_at) FILTER (WHERE h.change = 'completed') AS completed_at
          FROM :schema.task_changes h WHERE :known(h) GROUP BY 1) s USING (task_id)
  LEFT JOIN :schema.deals d ON d.deal_id = t.deal_id
  LEFT JOIN :schema.leads l ON l.lead_id = coalesce(t.lead_id, d.lead_id)
  LEFT JOIN LATERAL (SELECT h.direction FROM :schema.lead_directions h
                      WHERE (:visible IS NOT NULL OR :direction IS NOT NULL)
                        AND h.lead_id = coalesce(t.lead_id, d.lead_id) AND :known(h)
                      ORDER BY h.version DESC LIMIT 1) x ON true
  LEFT JOIN :schema.customers c ON c.customer_id = t.customer_id
  LEFT JOIN roots r ON r.customer_id = t.customer_id
  LEFT JOIN staff m ON m.manager_id = s.assignee
  LEFT JOIN segments g ON g.person_id = coalesce(r.root_id, t.customer_id)
 CROSS JOIN LATERAL (SELECT coalesce(d.direction, x.direction, c.direction) AS direction) o
 WHERE t.created_at <= :as_of AND t.recorded_at <= :known_at
   AND :seen(o.direction) AND :is(direction, o.direction) AND :is(manager, s.assignee) AND :is(department, m.department)
   AND :is(channel, l.channel) AND :is(campaign, l.campaign) AND :is(pipeline, d.pipeline)
   AND (:product IS NULL OR t.deal_id IN (SELECT deal_id FROM product_deals)) AND :is_of(g.segment)
