-- kept
-- reads: receipts, deals
-- Money received in the period on deals, and given back.
SELECT (r.at AT TIME ZONE :zone)::date AS day, r.receipt_id, r.amount, r.currency, r.paid_at, d.person_id, d.pipeline, d.direction
  FROM receipts r JOIN deals d USING (deal_id) WHERE r.at >= :start AND r.at < :end
