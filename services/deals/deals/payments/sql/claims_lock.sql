-- These invoices, and those of these deals ($2) that still need something, oldest due first; locked until commit.
SELECT invoice_id, number, deal_id, customer_id, currency, due, cancelled_at IS NOT NULL AS cancelled, due_on
  FROM invoices
 WHERE invoice_id = ANY($1::uuid[]) OR (deal_id = ANY($2::uuid[]) AND due > 0)
 ORDER BY invoice_id
   FOR UPDATE
