-- What came in by each of these sources since $3. Refused is what was turned away at the door and waits there still: it
-- was settled at the moment it was received.
SELECT s.channel, s.name,
       (SELECT max(received_at) FROM intake i WHERE i.channel = s.channel AND i.source = s.name) AS last_received_at,
       c.accepted, c.refused, c.quarantined, c.pending, c.ignored
  FROM unnest($1::text[], $2::text[]) AS s(channel, name),
       LATERAL (SELECT count(*) FILTER (WHERE NOT (state = 'quarantined' AND settled_at = received_at)) AS accepted,
                       count(*) FILTER (WHERE state = 'quarantined' AND settled_at = received_at) AS refused,
                       count(*) FILTER (WHERE state = 'quarantined' AND settled_at > received_at) AS quarantined,
                       count(*) FILTER (WHERE state = 'pending') AS pending,
                       count(*) FILTER (WHERE state = 'ignored') AS ignored
                  FROM intake i
                 WHERE i.channel = s.channel AND i.source = s.name AND i.received_at >= $3) c
