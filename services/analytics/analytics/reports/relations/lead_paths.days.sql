-- reads: spans, leads, answered, deals, receipts, card_touches, roots
-- The same of the leads of the days that are in the period. Keys are asked for as an array, of which the planner believes
-- that it is short: so it looks up what belongs to these alone.
WITH cohort AS MATERIALIZED (
  SELECT l.lead_id, l.person_id, s.day, l.channel, l.captured_at, a.answered_at, l.qualified_at
    FROM spans s JOIN leads l ON l.captured_at >= s.starts_at AND l.captured_at < s.ends_at
    LEFT JOIN answered a USING (lead_id)
   WHERE l.captured_at >= :start AND l.captured_at < :end
), deals_of AS MATERIALIZED (
  SELECT lead_id, d.deal_id, d.opened_at, d.stage_at, d.stage_kind FROM cohort JOIN deals d USING (lead_id)
   WHERE d.lead_id = ANY (ARRAY(SELECT lead_id FROM cohort))
), steps AS MATERIALIZED (
  SELECT c.*, d.opened_at, d.won_at, p.paid_at
    FROM cohort c
    LEFT JOIN (SELECT lead_id, min(opened_at) AS opened_at, min(stage_at) FILTER (WHERE stage_kind = 'won') AS won_at
                 FROM deals_of GROUP BY 1) d USING (lead_id)
    LEFT JOIN (SELECT o.lead_id, min(r.at) AS paid_at FROM deals_of o JOIN receipts r USING (deal_id)
                WHERE r.amount > 0 AND r.deal_id = ANY (ARRAY(SELECT deal_id FROM deals_of)) GROUP BY 1) p USING (lead_id)
), cards AS (
  SELECT person_id, person_id AS customer_id FROM steps WHERE paid_at IS NOT NULL
  UNION
  SELECT s.person_id, r.customer_id FROM steps s JOIN roots r ON r.root_id = s.person_id WHERE s.paid_at IS NOT NULL
), touched AS (
  SELECT s.lead_id, count(*) AS touches
    FROM steps s JOIN cards c USING (person_id)
    JOIN card_touches t ON t.customer_id = c.customer_id AND t.touched_at <= s.paid_at
   WHERE s.paid_at IS NOT NULL AND t.customer_id = ANY (ARRAY(SELECT customer_id FROM cards)) GROUP BY 1
)
SELECT day, channel, captured_at, answered_at, qualified_at, opened_at, won_at, paid_at, touches
  FROM steps LEFT JOIN touched USING (lead_id)
