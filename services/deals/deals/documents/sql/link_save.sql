INSERT INTO document_links AS l (link_id, version, document_id, number, until, made_by, made_at)
VALUES ($1, 1, $2, $3, $4, $5, $6)
