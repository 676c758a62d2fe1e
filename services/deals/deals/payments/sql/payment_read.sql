SELECT p.*, d.number, d.direction FROM payments p LEFT JOIN deals d USING (deal_id) WHERE p.payment_id = $1
