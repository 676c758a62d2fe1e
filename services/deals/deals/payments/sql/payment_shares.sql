SELECT a.invoice_id, i.number, a.allocated, a.refunded
  FROM allocations a JOIN invoices i USING (invoice_id)
 WHERE a.payment_id = $1 AND a.allocated > 0
 ORDER BY i.due_on, i.number
