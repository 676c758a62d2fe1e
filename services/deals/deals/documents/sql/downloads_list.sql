-- A page of readings of a document ($1), newest first; $2 and $3 the last of the page before, $4 the size.
SELECT download_id, number, link_id, actor, at FROM document_downloads
 WHERE document_id = $1 AND ($2::timestamptz IS NULL OR (at, download_id) < ($2, $3::uuid))
 ORDER BY at DESC, download_id DESC
 LIMIT $4
