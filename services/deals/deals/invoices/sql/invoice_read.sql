SELECT i.*, d.number AS deal_number, d.direction FROM invoices i JOIN deals d USING (deal_id) WHERE i.invoice_id = $1
