SELECT * FROM handovers
 WHERE ($1::text IS NULL OR from_manager_id = $1)
   AND ($2::timestamptz IS NULL OR (requested_at, id) < ($2, $3::uuid))
   AND ($5::text[] IS NULL OR directions <@ $5)
 ORDER BY requested_at DESC, id DESC
 LIMIT $4
