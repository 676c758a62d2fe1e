-- taken_at is when it was taken first since it has its manager.
UPDATE leads
   SET version = $2, status = $3, manager_id = $4, temperature = $5, category = $6, reason = $7,
       taken_at = CASE WHEN $8::timestamptz IS NULL THEN NULL ELSE coalesce(taken_at, $8) END, postponed_until = $9
 WHERE id = $1
