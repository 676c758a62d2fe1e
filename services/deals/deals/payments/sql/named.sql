-- The invoices and deals that have these numbers.
SELECT i.number, i.invoice_id, i.deal_id, i.customer_id, i.currency, i.due_on
  FROM invoices i WHERE i.number = ANY($1::text[])
UNION ALL
SELECT d.number, NULL, d.deal_id, d.customer_id, d.currency, NULL
  FROM deals d WHERE d.number = ANY($1::text[])
