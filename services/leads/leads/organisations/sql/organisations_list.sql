-- A page of organisations, newest first; a name is looked for by its beginning, in any case of letters.
SELECT o.id AS organisation_id, o.version, o.name, o.direction, o.manager_id, o.inn, o.kpp, o.created_at
  FROM organisations o
 WHERE ($1::text IS NULL OR o.inn = $1)
   AND ($2::text IS NULL OR starts_with(lower(o.name), lower($2)))
   AND ($3::text IS NULL OR o.manager_id = $3)
   AND ($4::text IS NULL OR EXISTS (SELECT FROM card_tags t WHERE t.card = o.id AND t.tag = $4))
   AND ($5::text[] IS NULL OR o.direction IS NULL OR o.direction = ANY($5))
   AND ($6::timestamptz IS NULL OR (o.created_at, o.id) < ($6, $7::uuid))
 ORDER BY o.created_at DESC, o.id DESC
 LIMIT $8
