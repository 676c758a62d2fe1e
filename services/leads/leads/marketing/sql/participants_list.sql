SELECT p.customer_id, p.organisation_id, p.stage, p.moved_at
  FROM participants p JOIN customers c ON c.id = p.customer_id
 WHERE p.event_id = $1
   AND ($2::text IS NULL OR p.stage = $2)
   AND ($3::text[] IS NULL OR c.direction IS NULL OR c.direction = ANY($3))
   AND ($4::timestamptz IS NULL OR (p.moved_at, p.customer_id) < ($4, $5::uuid))
 ORDER BY p.moved_at DESC, p.customer_id DESC
 LIMIT $6
