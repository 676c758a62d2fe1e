SELECT v.object_id FROM document_versions v JOIN documents d USING (document_id)
 WHERE d.customer_id = $1 AND v.object_id IS NOT NULL
