SELECT invoice_id, number FROM invoices WHERE invoice_id = ANY($1::uuid[])
