SELECT d.*, paid_of_deal(d.deal_id, d.currency) AS paid
  FROM deals d
 WHERE d.deal_id = $1
