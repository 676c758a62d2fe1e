SELECT q.*, d.direction FROM quotes q JOIN deals d USING (deal_id) WHERE q.quote_id = $1
