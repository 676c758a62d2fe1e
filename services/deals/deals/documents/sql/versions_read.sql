SELECT * FROM document_versions WHERE document_id = $1 ORDER BY number
