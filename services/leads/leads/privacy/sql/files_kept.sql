-- Files that dry runs keep, sent before the erasure ($1).
SELECT DISTINCT i.id FROM imports i JOIN import_chunks c ON c.import_id = i.id
 WHERE i.dry_run AND i.state NOT IN ('queued', 'running') AND i.created_at <= $1
