-- Calls to be returned, the one that has waited longest first.
SELECT i.*, root_of(i.customer_id) AS card_id FROM interactions i
 WHERE i.callback = 'due'
   AND ($1::text IS NULL OR i.manager_id = $1)
   AND ($2::text[] IS NULL OR i.direction IS NULL OR i.direction = ANY($2))
   AND ($3::timestamptz IS NULL OR (i.at, i.id) > ($3, $4::uuid))
 ORDER BY i.at, i.id
 LIMIT $5
