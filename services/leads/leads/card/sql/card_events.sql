-- What makes up the state of cards ($1: all their members), in the order in which it was written down.
SELECT stream_id, type, data FROM events
 WHERE stream_id = ANY($1::uuid[]) AND type = ANY($2::text[])
 ORDER BY recorded_at, stream_id, version
