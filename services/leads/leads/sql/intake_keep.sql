-- Keeps what could not be captured, once: the same item sent again adds nothing.
INSERT INTO intake (id, received_at, channel, source, method, url, headers, body, state, reason, settled_at, traceparent)
SELECT g.id, $1, g.channel, g.source, 'POST', '', '[]', g.body, 'quarantined', g.reason, $1, $7
  FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bytea[], $6::text[]) AS g(id, channel, source, body, reason)
 ORDER BY g.id
ON CONFLICT (id) DO NOTHING
