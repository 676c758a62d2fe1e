-- reads: receipts, deals, members
-- Payments less refunds of the period by the segment of who paid, by the day. counted_from: that day, or that on which the
-- customer was registered if he was later. direction is that of the customer.
SELECT (r.at AT TIME ZONE :zone)::date AS day, greatest((r.at AT TIME ZONE :zone)::date,
       (p.registered_at AT TIME ZONE :zone)::date) AS counted_from, p.direction, d.direction AS deal_direction, p.segment,
       r.currency, sum(r.amount) AS amount
  FROM receipts r JOIN deals d USING (deal_id) JOIN members p USING (person_id) WHERE r.at >= :start AND r.at < :end
 GROUP BY 1, 2, 3, 4, 5, 6
