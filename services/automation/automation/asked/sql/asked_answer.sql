INSERT INTO asked AS a (request_id, request, outcome, code, reason, answered_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
    ON CONFLICT (request_id) DO UPDATE
   SET outcome = excluded.outcome, code = excluded.code, reason = excluded.reason, answered_at = excluded.answered_at
