-- reads: deal_scope, staff, roots, segments, product_deals
-- Deals with what holds of them. Of a cohort the leads are selected, and by what a deal alone has its deals.
SELECT d.*, coalesce(r.root_id, d.customer_id) AS person_id, l.channel, l.campaign, a.manager_id, m.department,
       v.amount, v.currency, s.stage, s.stage_kind, s.stage_kind = 'open' AS is_open, s.stage_kind = 'won' AS is_won,
       s.stage_kind = 'lost' AS is_lost, s.stage_at, s.from_stage, s.stage_reason, e.expected_date
  FROM deal_scope d
  LEFT JOIN roots r USING (customer_id)
  LEFT JOIN :schema.leads l ON l.lead_id = d.lead_id
  LEFT JOIN (SELECT DISTINCT ON (h.deal_id) h.deal_id, h.manager_id
               FROM :schema.deal_assignments h JOIN deal_scope USING (deal_id)
              WHERE :known(h) ORDER BY h.deal_id, h.version DESC) a USING (deal_id)
  LEFT JOIN (SELECT DISTINCT ON (h.deal_id) h.deal_id, h.amount, h.currency
               FROM :schema.deal_values h JOIN deal_scope USING (deal_id)
              WHERE :known(h) ORDER BY h.deal_id, h.version DESC) v USING (deal_id)
  LEFT JOIN (SELECT DISTINCT ON (h.deal_id) h.deal_id, h.stage, h.kind AS stage_kind, h.occurred_at AS stage_at,
                    h.from_stage, h.reason AS stage_reason
               FROM :schema.deal_stage_changes h JOIN deal_scope USING (deal_id)
              WHERE :known(h) ORDER BY h.deal_id, h.version DESC) s USING (deal_id)
  LEFT JOIN (SELECT DISTINCT ON (h.deal_id) h.deal_id, h.expected_date
               FROM :schema.deal_close_expectations h JOIN deal_scope USING (deal_id)
              WHERE :known(h) ORDER BY h.deal_id, h.version DESC) e USING (deal_id)
  LEFT JOIN staff m ON m.manager_id = a.manager_id
  LEFT JOIN segments g ON g.person_id = coalesce(r.root_id, d.customer_id)
 WHERE :seen(d.direction) AND :is(pipeline, d.pipeline)
     AND (:product IS NULL OR d.deal_id IN (SELECT deal_id FROM product_deals))
   AND (:is_cohort OR :is(direction, d.direction) AND :is(manager, a.manager_id) AND :is(department, m.department)
        AND :is(channel, l.channel) AND :is(campaign, l.campaign) AND :is_of(g.segment))
