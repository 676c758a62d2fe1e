-- reads: leads, answered, deals, receipts, card_touches, roots
-- Leads of the period and when they came how far; touches: requests of the person before the first payment.
WITH cohort AS MATERIALIZED (
  SELECT l.lead_id, l.person_id, (l.captured_at AT TIME ZONE :zone)::date AS day, l.channel, l.captured_at, a.answered_at,
         l.qualified_at
    FROM leads l LEFT JOIN answered a USING (lead_id) WHERE l.captured_at >= :start AND l.captured_at < :end
), deals_of AS MATERIALIZED (
  SELECT lead_id, d.deal_id, d.opened_at, d.stage_at, d.stage_kind FROM cohort JOIN deals d USING (lead_id)
), steps AS MATERIALIZED (
  SELECT c.*, d.opened_at, d.won_at, p.paid_at
    FROM cohort c
    LEFT JOIN (SELECT lead_id, min(opened_at) AS opened_at, min(stage_at) FILTER (WHERE stage_kind = 'won') AS won_at
                 FROM deals_of GROUP BY 1) d USING (lead_id)
    LEFT JOIN (SELECT o.lead_id, min(r.at) AS paid_at FROM deals_of o JOIN receipts r USING (deal_id)
                WHERE r.amount > 0 GROUP BY 1) p USING (lead_id)
), cards AS (
  SELECT person_id, person_id AS customer_id FROM steps WHERE paid_at IS NOT NULL
  UNION
  SELECT s.person_id, r.customer_id FROM steps s JOIN roots r ON r.root_id = s.person_id WHERE s.paid_at IS NOT NULL
), touched AS (
  SELECT s.lead_id, count(*) AS touches
    FROM steps s JOIN cards c USING (person_id)
    JOIN card_touches t ON t.customer_id = c.customer_id AND t.touched_at <= s.paid_at
   WHERE s.paid_at IS NOT NULL GROUP BY 1
)
SELECT day, channel, captured_at, answered_at, qualified_at, opened_at, won_at, paid_at, touches
  FROM steps LEFT JOIN touched USING (lead_id)
