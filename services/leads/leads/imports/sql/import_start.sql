-- The real import ($2) of what a dry run ($1) has foreseen; there is one for ever.
INSERT INTO imports (id, kind, name, file_name, bytes, mapping, encoding, dry_run, directions, state, rows_total, actor,
                     correlation_id, created_at)
SELECT $2, kind, name, file_name, bytes, mapping, encoding, false, $3, 'queued', rows_total, $4, $5, $6
  FROM imports WHERE id = $1
ON CONFLICT (id) DO NOTHING
