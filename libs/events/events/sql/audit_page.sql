-- A page of the audit, newest first, after (at, id) = ($1, $2).
SELECT id, at, kind, actor, actor_id, route, objects, customers, shown, correlation_id
  FROM disclosures
 WHERE ($1::timestamptz IS NULL OR (at, id) < ($1, $2::uuid))
   AND ($3::text IS NULL OR kind = $3) AND ($4::text IS NULL OR actor = $4)
   AND ($5::uuid IS NULL OR customers @> ARRAY[$5])
   AND ($6::timestamptz IS NULL OR at >= $6) AND ($7::timestamptz IS NULL OR at < $7)
 ORDER BY at DESC, id DESC LIMIT $8
