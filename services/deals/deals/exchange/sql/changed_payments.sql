SELECT p.*, d.number FROM payments p LEFT JOIN deals d USING (deal_id) WHERE p.payment_id = ANY($1::uuid[])
