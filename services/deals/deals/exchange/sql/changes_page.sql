-- What changed after $1, in the order of the changes; $3 are the directions the reader sees (NULL: all).
(SELECT i.changed, i.invoice_id AS id FROM invoices i JOIN deals d USING (deal_id)
  WHERE i.changed > $1 AND ($3::text[] IS NULL OR d.direction IS NULL OR d.direction = ANY($3))
  ORDER BY i.changed LIMIT $2)
UNION ALL
(SELECT p.changed, p.payment_id FROM payments p LEFT JOIN deals d USING (deal_id)
  WHERE p.changed > $1 AND ($3::text[] IS NULL OR d.direction IS NULL OR d.direction = ANY($3))
  ORDER BY p.changed LIMIT $2)
ORDER BY changed
LIMIT $2
