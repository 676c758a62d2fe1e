-- A page of what the streams $1 tell, newest first, of the types $2 (NULL: all); of organisations ($3) only what concerns
-- the persons $4. The cursor is time and id of the last entry before.
SELECT id, stream_id, version, type, data, actor, correlation_id, causation_id, occurred_at, recorded_at
  FROM events
 WHERE (stream_id = ANY($1::uuid[]) OR stream_id = ANY($3::uuid[]) AND data ->> 'customer_id' = ANY($4::text[]))
   AND ($2::text[] IS NULL OR type = ANY($2))
   AND ($5::timestamptz IS NULL OR (occurred_at, id) < ($5, $6::uuid))
 ORDER BY occurred_at DESC, id DESC
 LIMIT $7
