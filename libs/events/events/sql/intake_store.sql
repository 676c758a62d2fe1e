INSERT INTO intake (id, received_at, channel, source, method, url, headers, body, state, reason, settled_at,
                    traceparent, deferred)
SELECT r.id, r.received_at, r.channel, r.source, r.method, r.url, r.headers::json, r.body, r.state, r.reason,
       CASE WHEN r.state = 'pending' THEN NULL ELSE r.received_at END, r.traceparent, r.deferred
  FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[],
              $9::text[], $10::text[], $11::text[], $12::boolean[])
       AS r(id, received_at, channel, source, method, url, headers, body, state, reason, traceparent, deferred)
