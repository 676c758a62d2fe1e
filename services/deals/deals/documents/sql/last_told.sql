-- The last event of each of these types ($2) in a stream.
SELECT DISTINCT ON (type) type, data FROM events WHERE stream_id = $1 AND type = ANY($2::text[]) ORDER BY type, version DESC
