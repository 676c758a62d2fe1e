SELECT id, registered_at FROM selected
 WHERE ${0}::timestamptz IS NULL OR (registered_at, id) < (${0}::timestamptz, ${1}::uuid)
 ORDER BY registered_at DESC, id DESC
 LIMIT ${2}::integer
