SELECT * FROM marketing_events
 WHERE ($1::text IS NULL OR state = $1)
   AND ($2::text[] IS NULL OR direction IS NULL OR direction = ANY($2))
   AND ($3::timestamptz IS NULL OR (planned_from, id) < ($3, $4::uuid))
 ORDER BY planned_from DESC, id DESC
 LIMIT $5
