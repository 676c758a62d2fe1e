-- How far each consumer has applied each source, and what it has put aside.
SELECT w.consumer, w.source, array_agg(w.position ORDER BY w.shard) AS positions,
       max(w.updated_at) FILTER (WHERE w.position > 0) AS applied_at,
       (SELECT count(*) FROM quarantine q
         WHERE q.consumer = w.consumer AND q.source = w.source AND q.discarded_at IS NULL) AS quarantined
  FROM watermarks w GROUP BY w.consumer, w.source ORDER BY w.consumer, w.source
