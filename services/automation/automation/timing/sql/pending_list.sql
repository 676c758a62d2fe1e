-- Firings that wait, of a rule, customer or deal; those that are looked at next come first.
SELECT p.*, t.due_at AS looks_at, t.last_error AS why, t.failed_at
  FROM pending_firings p JOIN tasks t ON t.id = p.firing_id
 WHERE ($1::text IS NULL OR p.rule = $1) AND ($2::uuid IS NULL OR p.customer_id = ANY (ARRAY(SELECT cards_of($2))))
   AND ($3::uuid IS NULL OR p.deal_id = $3)
   AND is_in_sight(p.deal_id, NULL, p.customer_id, $5::text[])
 ORDER BY t.due_at, p.firing_id LIMIT $4
