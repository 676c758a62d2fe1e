SELECT due FROM invoices WHERE invoice_id = $1 FOR UPDATE
