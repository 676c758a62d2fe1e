SELECT * FROM lists
 WHERE ($1::boolean IS NULL OR (criteria IS NOT NULL) = $1)
   AND (NOT closed OR $2)
   AND ($3::text[] IS NULL OR direction IS NULL OR direction = ANY($3))
   AND ($4::timestamptz IS NULL OR (created_at, id) < ($4, $5::uuid))
 ORDER BY created_at DESC, id DESC
 LIMIT $6
