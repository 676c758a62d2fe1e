-- kept
-- reads: spans, receipts, deals, roots
-- What persons paid on the days, less what they got back; since which day and until which they did not in that currency. Day
-- by day, and keys as arrays, of which the planner believes that they are short: so it looks up what belongs to these alone.
WITH paid AS MATERIALIZED (
  SELECT r.deal_id
    FROM spans s
   CROSS JOIN LATERAL (SELECT DISTINCT deal_id FROM receipts WHERE at >= s.starts_at AND at < s.ends_at) r
), people AS MATERIALIZED (
  SELECT DISTINCT person_id FROM deals WHERE deal_id = ANY (ARRAY(SELECT deal_id FROM paid))
), cards AS MATERIALIZED (
  SELECT person_id AS customer_id FROM people
  UNION ALL
  SELECT r.customer_id FROM people p JOIN roots r ON r.root_id = p.person_id
), deals_of AS MATERIALIZED (
  SELECT deal_id, person_id FROM deals WHERE customer_id = ANY (ARRAY(SELECT customer_id FROM cards))
), money AS MATERIALIZED (
  SELECT deal_id, currency, amount, (at AT TIME ZONE :zone)::date AS day
    FROM receipts WHERE deal_id = ANY (ARRAY(SELECT deal_id FROM deals_of))
)
SELECT * FROM (
  SELECT m.day, d.person_id, m.currency, sum(m.amount) AS amount,
         lag(m.day, 1, '-infinity') OVER paying AS since, lead(m.day, 1, 'infinity') OVER paying AS until
    FROM deals_of d JOIN money m USING (deal_id)
   GROUP BY 1, 2, 3
  WINDOW paying AS (PARTITION BY d.person_id, m.currency ORDER BY m.day)) known
 WHERE day = ANY (:days)
