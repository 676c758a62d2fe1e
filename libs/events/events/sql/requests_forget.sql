-- Empties the stored requests that were understood to be about these subjects ($1), or from which something followed in
-- the streams of these ids. What waited to be understood waits no more.
UPDATE intake
   SET body = '', corrected_body = NULL, headers = '[]', url = '', erased_at = clock_timestamp(),
       reason = CASE WHEN state IN ('pending', 'quarantined') THEN 'erased' ELSE reason END,
       state = CASE WHEN state IN ('pending', 'quarantined') THEN 'discarded' ELSE state END
 WHERE erased_at IS NULL
   AND (subject_ids && $1::uuid[]
        OR id = ANY(ARRAY(SELECT causation_id FROM events
                           WHERE stream_id = ANY($1::uuid[]) AND causation_id IS NOT NULL)))
