-- What these visitors saw as strangers leaves the table.
DELETE FROM anonymous_views WHERE visitor_id = ANY($1::uuid[]) RETURNING visitor_id, source, at, view
