-- A page of those whose lines of business ($4; NULL: all) the caller sees, newest first; reasons are told by the import
-- itself.
SELECT i.id AS import_id, i.*, i.actor AS created_by, '[]' AS reasons
  FROM imports i
 WHERE ($1::timestamptz IS NULL OR (i.created_at, i.id) < ($1, $2::uuid))
   AND ($4::text[] IS NULL OR i.directions <@ $4)
 ORDER BY i.created_at DESC, i.id DESC LIMIT $3
