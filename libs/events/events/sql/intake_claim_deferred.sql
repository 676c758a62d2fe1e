-- What came over the budget of its source, taken when what came within it leaves room.
SELECT id, received_at, channel, source, method, url, headers, coalesce(corrected_body, body) AS body, traceparent,
       (SELECT count(*) FROM (SELECT FROM intake WHERE state = 'pending' AND NOT deferred LIMIT 20000) w)
         + (SELECT count(*) FROM (SELECT FROM intake WHERE state = 'pending' AND deferred LIMIT 20000) w) AS pending
  FROM intake
 WHERE state = 'pending' AND deferred
 ORDER BY id
 LIMIT $1
   FOR UPDATE SKIP LOCKED
