SELECT a.payment_id, p.provider, p.received_at, a.allocated, a.refunded
  FROM allocations a JOIN payments p USING (payment_id)
 WHERE a.invoice_id = $1 AND a.allocated > 0
 ORDER BY p.received_at, a.payment_id
