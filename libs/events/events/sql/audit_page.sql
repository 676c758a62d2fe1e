-- A page of the audit, newest first, after the entry $1.
SELECT id, at, kind, actor, actor_id, route, objects, customers, shown, correlation_id, reason
  FROM disclosures
 WHERE ($1::uuid IS NULL OR (at, id) < (SELECT p.at, p.id FROM disclosures p WHERE p.id = $1))
   AND ($2::text IS NULL OR kind = $2) AND ($3::text IS NULL OR actor = $3)
   AND ($4::uuid IS NULL OR customers @> ARRAY[$4])
   AND ($5::timestamptz IS NULL OR at >= $5) AND ($6::timestamptz IS NULL OR at < $6)
 ORDER BY at DESC, id DESC LIMIT $7
