-- Events as they were published, at their own positions.
INSERT INTO events (shard, position, id, stream_id, version, type, data, actor, correlation_id, causation_id, traceparent,
                    occurred_at, recorded_at)
SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::uuid[], $4::uuid[], $5::int[], $6::text[], $7::json[], $8::text[],
                     $9::uuid[], $10::uuid[], $11::text[], $12::timestamptz[], $13::timestamptz[])
