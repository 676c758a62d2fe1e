-- The invoices that an ERP ($1) knows by these ids.
SELECT i.external_id, i.invoice_id, i.number, i.deal_id, i.total, i.currency, i.allocated, i.refunded, i.cancelled_at,
       d.direction
  FROM invoices i JOIN deals d USING (deal_id)
 WHERE i.external_system = $1 AND i.external_id = ANY($2::text[])
