SELECT * FROM call_entries
 WHERE call_list = $1 AND ($2::text IS NULL OR state = $2)
   AND ($3::text[] IS NULL OR direction IS NULL OR direction = ANY($3))
   AND ($4::timestamptz IS NULL OR (due_at, id) > ($4, $5::uuid))
 ORDER BY due_at, id LIMIT $6
