-- The streams that tell of a card ($1: all its members) as far as the lines of business $2 go (NULL: all), and whose key
-- opens what is sealed there. Of an organisation only what concerns these persons.
WITH given AS (SELECT unnest($1::uuid[]) AS customer_id)
SELECT 'customer' AS what, customer_id AS stream_id, customer_id FROM given
UNION ALL
SELECT 'lead', l.id, l.customer_id FROM given JOIN leads l USING (customer_id)
 WHERE $2::text[] IS NULL OR l.direction IS NULL OR l.direction = ANY($2)
UNION ALL
SELECT 'interaction', i.id, i.customer_id FROM given JOIN interactions i USING (customer_id)
 WHERE $2 IS NULL OR i.direction IS NULL OR i.direction = ANY($2)
UNION ALL
SELECT 'interaction', i.id, d.customer_id
  FROM given JOIN identities d USING (customer_id)
  JOIN interactions i ON i.phone_index = d.blind_index AND i.customer_id IS NULL
 WHERE $2 IS NULL OR i.direction IS NULL OR i.direction = ANY($2)
UNION ALL
SELECT 'note', n.id, n.customer_id FROM given JOIN notes n USING (customer_id)
 WHERE $2 IS NULL OR n.direction IS NULL OR n.direction = ANY($2)
UNION ALL
SELECT 'visitor', v.id, v.customer_id FROM given JOIN visitors v USING (customer_id) WHERE v.version > 0
UNION ALL
SELECT 'participation', p.id, p.customer_id FROM given JOIN participants p USING (customer_id)
UNION ALL
SELECT 'organisation', p.organisation_id, p.customer_id
  FROM given JOIN organisation_persons p USING (customer_id) JOIN organisations o ON o.id = p.organisation_id
 WHERE $2 IS NULL OR o.direction IS NULL OR o.direction = ANY($2)
