-- The next organisations that a manager answers for, locked, with the card of the person who acts for each (the primary one
-- first) and who answers for it: he knows the organisation.
SELECT o.id, o.version, o.direction, acts.card_id, acts.manager_id AS persons_manager
  FROM organisations o
  LEFT JOIN LATERAL (
    SELECT c.id AS card_id, c.manager_id FROM organisation_persons p JOIN customers c ON c.id = root_of(p.customer_id)
     WHERE p.organisation_id = o.id AND c.manager_id IS NOT NULL AND (p.until IS NULL OR p.until >= current_date)
     ORDER BY p.is_primary DESC, p.customer_id LIMIT 1) acts ON true
 WHERE o.manager_id = $1 AND ($2::uuid IS NULL OR o.id > $2)
   AND ($3::text[] IS NULL OR o.direction IS NULL OR o.direction = ANY($3))
 ORDER BY o.id LIMIT $4 FOR UPDATE OF o
