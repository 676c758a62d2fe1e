-- The board: open leads that the caller sees ($1) of a manager ($2, NULL: all) at a moment ($3) by column, the newest $4 of
-- each, with the count of the column.
WITH open AS (
  SELECT l.id, l.captured_at,
         CASE WHEN EXISTS (SELECT FROM call_entries e WHERE e.lead_id = l.id AND e.state <> 'done') THEN 'call_list'
              WHEN l.postponed_until > $3 THEN 'postponed'
              WHEN l.status = 'qualified' THEN l.temperature
              WHEN l.manager_id IS NULL THEN 'unsorted'
              ELSE 'in_work' END AS "column"
    FROM leads l
   WHERE l.status IN ('new', 'qualified')
     AND ($1::text[] IS NULL OR l.direction IS NULL OR l.direction = ANY($1))
     AND ($2::text IS NULL OR l.manager_id = $2)
), counted AS (
  SELECT "column", count(*) AS count FROM open GROUP BY 1
)
SELECT c."column", c.count, l.id AS lead_id, root_of(l.customer_id) AS customer_id, l.version, l.status, l.direction, l.channel,
       l.source, l.campaign, l.is_returning, l.is_test, l.captured_at, l.last_touch_at, l.touches, l.manager_id, l.temperature,
       l.category, l.taken_at, l.postponed_until
  FROM counted c
 CROSS JOIN LATERAL (SELECT o.id FROM open o WHERE o."column" = c."column" ORDER BY o.captured_at DESC, o.id DESC LIMIT $4) first
  JOIN leads l ON l.id = first.id
 ORDER BY c."column", l.captured_at DESC, l.id DESC
