SELECT d.*, coalesce(p.paid, 0) AS paid
  FROM deals d
  LEFT JOIN LATERAL (SELECT sum(p.amount) AS paid FROM payments p
                      WHERE p.deal_id = d.deal_id AND p.currency = d.currency AND NOT p.is_test) p ON true
 WHERE d.deal_id = $1
