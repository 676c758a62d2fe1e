-- reads: staff, roots, segments, product_deals
-- Deals with what holds of them. Of a cohort the leads are selected, and by what a deal alone has its deals. How a
-- deal came to its stage stands in its history, which is kept by time; which deals are open, won or lost in the deals themselves.
SELECT d.deal_id, d.lead_id, d.customer_id, d.pipeline, d.deal_type, d.direction, d.opened_at,
       coalesce(r.root_id, d.customer_id) AS person_id, l.channel, l.campaign, d.manager_id, m.department, d.amount,
       d.currency, d.stage, s.kind AS stage_kind, d.stage_kind = 'open' AS is_open, d.stage_kind = 'won' AS is_won,
       d.stage_kind = 'lost' AS is_lost, s.occurred_at AS stage_at, s.from_stage, s.reason AS stage_reason,
       (SELECT h.expected_date FROM :schema.deal_close_expectations h
         WHERE h.deal_id = d.deal_id ORDER BY h.version DESC LIMIT 1) AS expected_date
  FROM :schema.deals d
  LEFT JOIN :schema.deal_stage_changes s ON s.deal_id = d.deal_id AND s.version = d.stage_version
  LEFT JOIN :schema.leads l ON l.lead_id = d.lead_id
  LEFT JOIN roots r ON r.customer_id = d.customer_id
  LEFT JOIN staff m ON m.manager_id = d.manager_id
  LEFT JOIN segments g ON g.person_id = coalesce(r.root_id, d.customer_id)
 WHERE d.opened_at IS NOT NULL AND :seen(d.direction) AND :is(pipeline, d.pipeline)
   AND (:product IS NULL OR d.deal_id IN (SELECT deal_id FROM product_deals))
   AND (:is_cohort OR :is(direction, d.direction) AND :is(manager, d.manager_id) AND :is(department, m.department)
        AND :is(channel, l.channel) AND :is(campaign, l.campaign) AND :is_of(g.segment))
