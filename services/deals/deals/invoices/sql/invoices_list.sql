-- A page of invoices, newest first. $1..$9 filter, $10 are the directions the reader sees (NULL: all), $11 and $12 the
-- last of the page before, $13 the size. Manager and direction are the deal's.
SELECT i.*, d.number AS deal_number
  FROM invoices i JOIN deals d USING (deal_id)
 WHERE ($1::text IS NULL OR i.state = $1) AND ($2::uuid IS NULL OR i.deal_id = $2)
   AND ($3::uuid[] IS NULL OR i.customer_id = ANY($3)) AND ($4::text IS NULL OR i.kind = $4)
   AND ($5::text IS NULL OR i.number = $5) AND ($6::text IS NULL OR d.manager_id = $6)
   AND ($7::text IS NULL OR d.direction = $7) AND ($8::date IS NULL OR i.due_on >= $8)
   AND ($9::date IS NULL OR i.due_on <= $9)
   AND ($10::text[] IS NULL OR d.direction IS NULL OR d.direction = ANY($10))
   AND ($11::timestamptz IS NULL OR (i.issued_at, i.invoice_id) < ($11, $12::uuid))
 ORDER BY i.issued_at DESC, i.invoice_id DESC
 LIMIT $13
