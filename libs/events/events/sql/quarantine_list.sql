-- A page of quarantined events by consumer and place in the log, after the entry of the cursor.
SELECT * FROM quarantine
 WHERE ($1::text IS NULL OR consumer = $1) AND ($2::text IS NULL OR type = $2) AND ($3::text IS NULL OR reason = $3)
   AND (discarded_at IS NOT NULL) = $4::boolean
   AND ($5::text IS NULL OR (consumer, source, shard, position) > ($5, $6::text, $7::smallint, $8::bigint))
 ORDER BY consumer, source, shard, position
 LIMIT $9
