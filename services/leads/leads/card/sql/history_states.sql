-- What the states of cards and leads follow from, in the order in which it was written down.
SELECT id, stream_id, type, data FROM events
 WHERE stream_id = ANY($1::uuid[]) AND type = ANY($2::text[])
 ORDER BY recorded_at, stream_id, version
