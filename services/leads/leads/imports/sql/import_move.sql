-- The progress of a portion and its refused rows.
WITH moved AS (
  UPDATE imports SET rows_total = $2, rows_done = $3, outcomes = $4::json,
         leased_until = now() + make_interval(secs => $5)
   WHERE id = $1
)
INSERT INTO import_rejects (import_id, line, request_id, reason, content)
SELECT $1, r.* FROM unnest($6::int[], $7::uuid[], $8::text[], $9::json[]) AS r
ON CONFLICT (import_id, line) DO NOTHING
