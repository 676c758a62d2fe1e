-- A page, newest first; reasons are told by the import itself.
SELECT i.id AS import_id, i.*, i.actor AS created_by, '[]' AS reasons
  FROM imports i
 WHERE $1::timestamptz IS NULL OR (i.created_at, i.id) < ($1, $2::uuid)
 ORDER BY i.created_at DESC, i.id DESC LIMIT $3
