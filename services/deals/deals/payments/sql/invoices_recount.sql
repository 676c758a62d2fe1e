-- What came to these locked invoices, counted again from what stands on them.
UPDATE invoices i
   SET allocated = s.allocated, refunded = s.refunded, movements = i.movements + 1, changed = nextval('money_changes')
  FROM (SELECT invoice_id, sum(allocated) AS allocated, sum(refunded) AS refunded
          FROM allocations WHERE invoice_id = ANY($1::uuid[]) GROUP BY invoice_id) s
 WHERE i.invoice_id = s.invoice_id
