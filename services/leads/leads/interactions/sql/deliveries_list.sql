-- A page of messages, those told of last first. Whom nobody knows is seen by whoever sees every line of business.
SELECT d.id AS delivery_id, d.intake, d.source, d.message_id, root_of(d.customer_id) AS customer_id, d.state, d.reason, d.at
  FROM deliveries d LEFT JOIN customers c ON c.id = d.customer_id
 WHERE ($1::uuid[] IS NULL OR d.customer_id = ANY($1))
   AND ($2::uuid IS NULL OR d.message_id = $2)
   AND ($3::text IS NULL OR d.state = $3)
   AND ($4::text[] IS NULL OR (c.id IS NOT NULL AND (c.direction IS NULL OR c.direction = ANY($4))))
   AND ($5::timestamptz IS NULL OR (d.at, d.id) < ($5, $6::uuid))
 ORDER BY d.at DESC, d.id DESC
 LIMIT $7
