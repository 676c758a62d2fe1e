SELECT stream_id FROM events WHERE stream_id = ANY($1::uuid[]) AND version = 1
