-- Ends an import. The file goes with it, but for a dry run, which may be started for real.
WITH ended AS (
  UPDATE imports SET state = $3, failure = $4, finished_at = now(), lease = NULL, leased_until = NULL
   WHERE id = $1 AND lease = $2 AND state = 'running'
  RETURNING id, dry_run
)
DELETE FROM import_chunks c USING ended e WHERE c.import_id = e.id AND (NOT e.dry_run OR $3 = 'failed')
