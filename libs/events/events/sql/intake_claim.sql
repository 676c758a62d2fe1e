SELECT id, received_at, channel, source, method, url, headers, coalesce(corrected_body, body) AS body, traceparent,
       (SELECT count(*) FROM (SELECT FROM intake WHERE state = 'pending' LIMIT 20000) w) AS pending
  FROM intake
 WHERE state = 'pending' AND ($2::uuid[] IS NULL OR id = ANY($2))
 ORDER BY id
 LIMIT $1
   FOR UPDATE SKIP LOCKED
