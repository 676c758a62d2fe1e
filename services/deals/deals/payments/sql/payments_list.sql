-- A page of payments, newest first: all, or those that wait ($1 = 'unmatched') or do not ($1 = 'matched'), of a deal ($2).
-- $3 are the directions the reader sees (NULL: all): a payment has its deal's, and without a deal none.
SELECT p.*, d.number
  FROM payments p LEFT JOIN deals d USING (deal_id)
 WHERE ($1::text IS NULL OR (p.deal_id IS NULL) = ($1 = 'unmatched')) AND ($2::uuid IS NULL OR p.deal_id = $2)
   AND ($3::text[] IS NULL OR d.direction IS NULL OR d.direction = ANY($3))
   AND ($4::timestamptz IS NULL OR (p.received_at, p.payment_id) < ($4, $5::uuid))
 ORDER BY p.received_at DESC, p.payment_id DESC
 LIMIT $6
