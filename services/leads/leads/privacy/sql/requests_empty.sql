-- Empties these requests ($1), but for one that was understood meanwhile: it is of whoever asked again.
UPDATE intake
   SET body = '', corrected_body = NULL, headers = '[]', url = '', erased_at = clock_timestamp(),
       reason = CASE WHEN state IN ('pending', 'quarantined') THEN 'erased' ELSE reason END,
       state = CASE WHEN state IN ('pending', 'quarantined') THEN 'discarded' ELSE state END
 WHERE id = ANY($1::uuid[]) AND erased_at IS NULL AND (state <> 'done' OR subject_ids IS NULL)
