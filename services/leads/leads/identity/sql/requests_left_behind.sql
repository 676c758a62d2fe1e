-- Of each side of a split that has no open lead: its newest request, where this came since the merge and stands on a
-- lead of another side. $1 members, $2 the side of each, $3 since when it counts.
WITH member AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS g(id, side, since)
), waiting AS (
  SELECT * FROM member m
   WHERE NOT EXISTS (SELECT FROM member o JOIN leads l ON l.customer_id = o.id
                      WHERE o.side = m.side AND l.status IN ('new', 'qualified'))
), standing AS (
  SELECT w.side, l.id AS lead_id, false AS elsewhere, l.direction
    FROM waiting w JOIN leads l ON l.customer_id = w.id AND l.status = 'disqualified'
  UNION
  SELECT w.side, l.id, true, l.direction
    FROM waiting w JOIN touches t ON t.customer_id = w.id AND t.on_other_lead JOIN leads l ON l.id = t.lead_id
   WHERE NOT EXISTS (SELECT FROM member o WHERE o.id = l.customer_id AND o.side = w.side)
), newest AS (
  SELECT DISTINCT ON (s.side) s.side, s.lead_id, s.elsewhere, s.direction, w.id AS customer_id, w.since, e.type, e.data,
         e.occurred_at, e.recorded_at
    FROM standing s
    JOIN events e ON e.stream_id = s.lead_id AND e.type IN ('lead.captured.v1', 'lead.touched.v1')
    JOIN waiting w ON w.side = s.side AND w.id = (e.data->>'customer_id')::uuid
   ORDER BY s.side, e.recorded_at DESC, e.occurred_at DESC
)
SELECT n.side, n.customer_id, n.lead_id, coalesce(c.direction, n.direction) AS direction, n.type, n.data, n.occurred_at,
       EXISTS (SELECT FROM standing s WHERE s.side = n.side AND NOT s.elsewhere) AS is_returning
  FROM newest n JOIN customers c ON c.id = n.customer_id
 WHERE n.elsewhere AND n.recorded_at >= n.since
 ORDER BY n.side
