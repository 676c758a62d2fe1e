-- reads: spans, receipts, deals
-- Money received on the days on deals, and given back, as far as these are in the period.
SELECT s.day, r.receipt_id, r.amount, r.currency, r.paid_at, d.person_id, d.pipeline, d.direction
  FROM spans s JOIN receipts r ON r.at >= s.starts_at AND r.at < s.ends_at JOIN deals d USING (deal_id)
 WHERE r.at >= :start AND r.at < :end
