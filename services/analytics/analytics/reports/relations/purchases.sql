-- kept
-- reads: deals, receipts
-- Payments before the end of the period, with whose they are and their day.
SELECT d.person_id, r.currency, r.amount, (r.at AT TIME ZONE :zone)::date AS day, r.at >= :start AS is_of_period
  FROM receipts r JOIN deals d USING (deal_id) WHERE r.amount > 0 AND r.at < :end
