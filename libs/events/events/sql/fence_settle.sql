-- $1 why the log is closed, null: it is open, and was compared for this database $2.
UPDATE log_fence
   SET closed_because = $1, database = CASE WHEN $1::text IS NULL THEN $2 ELSE database END, wanted = NULL,
       closed_at = CASE WHEN $1::text IS NULL THEN NULL ELSE coalesce(closed_at, now()) END
