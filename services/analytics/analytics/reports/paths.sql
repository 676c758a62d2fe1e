-- reads: leads, deals, stage_visits, receipts, person_touches, answered
WITH cohort AS MATERIALIZED (
  SELECT l.lead_id, l.person_id, l.channel, l.captured_at, a.answered_at, l.qualified_at
    FROM leads l LEFT JOIN answered a USING (lead_id) WHERE l.captured_at >= :start AND l.captured_at < :end
), steps AS MATERIALIZED (
  SELECT c.*, d.opened_at, d.won_at, p.paid_at
    FROM cohort c
    LEFT JOIN (SELECT lead_id, min(opened_at) AS opened_at, min(stage_at) FILTER (WHERE stage_kind = 'won') AS won_at
                 FROM deals GROUP BY 1) d USING (lead_id)
    LEFT JOIN (SELECT lead_id, min(at) AS paid_at FROM receipts JOIN deals USING (deal_id)
        WHERE receipts.amount > 0 GROUP BY 1) p
      USING (lead_id)
), touched AS (
  SELECT s.lead_id, count(*) AS touches
    FROM steps s JOIN person_touches t ON t.person_id = s.person_id AND t.touched_at <= s.paid_at
   WHERE s.paid_at IS NOT NULL GROUP BY 1
)
SELECT channel, count(*) AS leads, count(answered_at) AS answered, count(qualified_at) AS qualified,
    count(opened_at) AS deals,
       count(won_at) AS won, count(paid_at) AS paid, round(100.0 * count(paid_at) / count(*), 1) AS paid_percent,
       :median(extract(epoch FROM answered_at - captured_at) / 3600, 2) AS hours_to_answer,
       :median(extract(epoch FROM qualified_at - captured_at) / 3600, 2) AS hours_to_qualified,
       :median(extract(epoch FROM opened_at - captured_at) / 3600, 2) AS hours_to_deal,
       :median(extract(epoch FROM won_at - captured_at) / 3600, 2) AS hours_to_won,
       :median(extract(epoch FROM paid_at - captured_at) / 3600, 2) AS hours_to_payment,
       round(avg(coalesce(touches, 0)) FILTER (WHERE paid_at IS NOT NULL), 1) AS touches_to_payment
  FROM steps LEFT JOIN touched USING (lead_id)
 GROUP BY 1
 ORDER BY leads DESC, 1
