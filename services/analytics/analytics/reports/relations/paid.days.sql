-- kept
-- reads: spans, receipts, deals
-- Money received on the days on deals, and given back, as far as these are in the period. Day by day, and keys as an array,
-- of which the planner believes that it is short: so it looks up what belongs to these alone.
WITH brought AS MATERIALIZED (
  SELECT s.day, r.*
    FROM spans s
   CROSS JOIN LATERAL (SELECT receipt_id, deal_id, amount, currency, paid_at FROM receipts
                        WHERE at >= greatest(s.starts_at, :start) AND at < least(s.ends_at, :end) OFFSET 0) r
)
SELECT b.day, b.receipt_id, b.amount, b.currency, b.paid_at, d.person_id, d.pipeline, d.direction
  FROM brought b JOIN deals d USING (deal_id) WHERE d.deal_id = ANY (ARRAY(SELECT deal_id FROM brought))
