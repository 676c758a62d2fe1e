-- A page of payments, newest first: all, those that wait ($1 = 'unmatched'), do not ('matched') or have something free
-- ('free'; tests left out), of a deal ($2), of a customer ($3). $4 are the directions the reader sees (NULL: all): a
-- payment has its deal's, and without a deal none.
SELECT p.*, d.number
  FROM payments p LEFT JOIN deals d USING (deal_id)
 WHERE CASE $1::text WHEN 'unmatched' THEN p.deal_id IS NULL WHEN 'matched' THEN p.deal_id IS NOT NULL
                     WHEN 'free' THEN p.free > 0 AND NOT p.is_test ELSE true END
   AND ($2::uuid IS NULL OR p.deal_id = $2) AND ($3::uuid IS NULL OR p.customer_id = ANY (ARRAY(SELECT cards_of($3))))
   AND ($4::text[] IS NULL OR d.direction IS NULL OR d.direction = ANY($4))
   AND ($5::timestamptz IS NULL OR (p.received_at, p.payment_id) < ($5, $6::uuid))
 ORDER BY p.received_at DESC, p.payment_id DESC
 LIMIT $7
