-- reads: staff, deals, receipts, contacts, leads, quotes, plan_targets
WITH owned AS (
  SELECT p.*, k.manager_id
    FROM plan_targets p
    LEFT JOIN (SELECT 'manager' AS owner_kind, manager_id AS owner_id, manager_id FROM staff
               UNION ALL SELECT 'department', department, manager_id FROM staff WHERE department IS NOT NULL) k
      USING (owner_kind, owner_id)
), facts AS (
  SELECT 'revenue_won' AS measure, manager_id, currency, stage_at AS at, amount FROM deals WHERE stage_kind = 'won'
  UNION ALL SELECT 'deals_won', manager_id, NULL, stage_at, 1 FROM deals WHERE stage_kind = 'won'
  UNION ALL SELECT 'repeat_sales', manager_id, NULL, stage_at, 1 FROM deals WHERE stage_kind = 'won'
      AND deal_type = 'repeat_sale'
  UNION ALL SELECT 'deals_opened', manager_id, NULL, opened_at, 1 FROM deals
  UNION ALL SELECT 'payments_received', d.manager_id, r.currency, r.at, r.amount FROM receipts r
      JOIN deals d USING (deal_id)
  UNION ALL SELECT 'leads', manager_id, NULL, captured_at, 1 FROM leads
  UNION ALL SELECT 'qualified_leads', manager_id, NULL, qualified_at, 1 FROM leads WHERE qualified_at IS NOT NULL
  UNION ALL SELECT 'contacts', manager_id, NULL, took_place_at, 1 FROM contacts
  UNION ALL SELECT 'calls', manager_id, NULL, took_place_at, 1 FROM contacts WHERE kind = 'call'
  UNION ALL SELECT 'meetings', manager_id, NULL, took_place_at, 1 FROM contacts WHERE kind = 'meeting'
  UNION ALL SELECT 'quotes_sent', manager_id, NULL, sent_at, 1 FROM quotes
  UNION ALL
  SELECT 'new_customers', manager_id, NULL, at, 1
    FROM (SELECT DISTINCT ON (person_id) person_id, manager_id, stage_at AS at
            FROM deals WHERE stage_kind = 'won' ORDER BY person_id, stage_at, deal_id) first_sales
), reached AS (
  SELECT o.target_id, sum(f.amount) AS fact
    FROM owned o JOIN facts f
      ON f.measure = o.measure AND f.currency IS NOT DISTINCT FROM o.currency AND f.at >= o.starts_at AND f.at < o.ends_at
     AND (o.owner_kind = 'company' OR f.manager_id = o.manager_id)
   GROUP BY 1
), averages AS (
  SELECT o.target_id, avg(d.amount) AS fact
    FROM owned o JOIN deals d
      ON d.stage_kind = 'won' AND d.stage_at >= o.starts_at AND d.stage_at < o.ends_at AND d.currency = o.currency
     AND (o.owner_kind = 'company' OR d.manager_id = o.manager_id)
   WHERE o.measure = 'average_deal' GROUP BY 1
), conversions AS (
  SELECT o.target_id, 100.0 * count(w.lead_id) / count(*) AS fact
    FROM owned o JOIN leads l ON l.captured_at >= o.starts_at AND l.captured_at < o.ends_at
                             AND (o.owner_kind = 'company' OR l.manager_id = o.manager_id)
    LEFT JOIN (SELECT DISTINCT lead_id FROM deals WHERE stage_kind = 'won') w USING (lead_id)
   WHERE o.measure = 'conversion' GROUP BY 1
)
SELECT p.owner_kind, p.owner_id AS owner, p.period, p.measure, p.currency, p.amount AS plan,
       round(f.fact, 2) AS fact, round(100 * f.fact / nullif(p.amount, 0), 1) AS reached_percent,
       round(100 * p.passed::numeric, 1) AS time_percent,
       CASE WHEN p.measure NOT IN ('average_deal', 'conversion') AND p.passed > 0
            THEN round(100 * f.fact / nullif(p.amount * p.passed::numeric, 0), 1)
                ELSE round(100 * f.fact / nullif(p.amount, 0), 1)
       END AS pace_percent
  FROM plan_targets p
  LEFT JOIN reached r USING (target_id) LEFT JOIN averages a USING (target_id) LEFT JOIN conversions c USING (target_id)
 CROSS JOIN LATERAL (SELECT CASE p.measure WHEN 'average_deal' THEN a.fact WHEN 'conversion' THEN c.fact
                                           ELSE coalesce(r.fact, 0) END AS fact) f
 ORDER BY p.starts_at, p.period, p.owner_kind, p.owner_id, p.measure, p.currency
