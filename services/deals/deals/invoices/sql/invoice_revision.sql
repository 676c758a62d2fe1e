SELECT version + movements AS revision FROM invoices WHERE invoice_id = $1
