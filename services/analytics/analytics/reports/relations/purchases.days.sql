-- kept
-- reads: spans, deals, receipts, roots
-- All payments of the persons who paid on one of the days. Day by day, and keys as an array, of which the planner
-- believes that it is short: so it looks up what belongs to these alone.
WITH paid AS MATERIALIZED (
  SELECT r.deal_id
    FROM spans s
   CROSS JOIN LATERAL (SELECT DISTINCT deal_id FROM receipts WHERE at >= s.starts_at AND at < s.ends_at AND amount > 0) r
), people AS MATERIALIZED (
  SELECT DISTINCT person_id FROM deals WHERE deal_id = ANY (ARRAY(SELECT deal_id FROM paid))
), cards AS MATERIALIZED (
  SELECT person_id AS customer_id FROM people
  UNION ALL
  SELECT r.customer_id FROM people p JOIN roots r ON r.root_id = p.person_id
), deals_of AS MATERIALIZED (
  SELECT deal_id, person_id FROM deals WHERE customer_id = ANY (ARRAY(SELECT customer_id FROM cards))
), money AS MATERIALIZED (
  SELECT deal_id, currency, amount, at FROM receipts
   WHERE deal_id = ANY (ARRAY(SELECT deal_id FROM deals_of)) AND amount > 0
)
SELECT d.person_id, m.currency, m.amount, (m.at AT TIME ZONE :zone)::date AS day, m.at >= :start AND m.at < :end AS is_of_period
  FROM deals_of d JOIN money m USING (deal_id)
