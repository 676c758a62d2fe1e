SELECT i.*, d.number AS deal_number FROM invoices i JOIN deals d USING (deal_id) WHERE i.invoice_id = ANY($1::uuid[])
