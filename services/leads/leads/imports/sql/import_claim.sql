-- Takes the oldest import that waits, or whose process has died. A dry run begins anew: what it foresaw is gone.
WITH next AS (
  SELECT id FROM imports
   WHERE state IN ('queued', 'running') AND (leased_until IS NULL OR leased_until < now())
   ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED
), forgotten AS (
  DELETE FROM import_rejects r USING next n, imports i WHERE r.import_id = n.id AND i.id = n.id AND i.dry_run
)
UPDATE imports i
   SET state = 'running', lease = $1, leased_until = now() + make_interval(secs => $2),
       started_at = coalesce(i.started_at, now()),
       rows_done = CASE WHEN i.dry_run THEN 0 ELSE i.rows_done END,
       outcomes = CASE WHEN i.dry_run THEN '{}' ELSE i.outcomes END
  FROM next WHERE i.id = next.id
RETURNING i.*
