-- Inserts tasks; one that exists already is left as it is.
INSERT INTO tasks (id, kind, payload, due_at, actor, correlation_id, causation_id, traceparent)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::json[], $4::timestamptz[], $5::text[], $6::uuid[], $7::uuid[],
                     $8::text[])
ON CONFLICT (id) DO NOTHING
