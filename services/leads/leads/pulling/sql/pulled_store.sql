-- Stores what was fetched, once: the same thing fetched again is there already.
INSERT INTO intake (id, received_at, channel, source, method, url, headers, body, state)
SELECT p.id, $2, $3, $4, 'PULL', p.origin, json_build_array(json_build_array('content-type', p.content_type)), p.body,
       'pending'
  FROM unnest($1::uuid[], $5::text[], $6::text[], $7::bytea[]) AS p(id, origin, content_type, body)
 ORDER BY p.id
ON CONFLICT (id) DO NOTHING
