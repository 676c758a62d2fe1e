-- A page of sources by channel and name.
SELECT s.channel, s.name, s.version, s.active, s.direction, s.manager_id, s.options, s.budget, s.sealed, s.changed_at,
       s.changed_by
  FROM sources s
 WHERE ($1::text IS NULL OR s.channel = $1)
   AND ($2::text[] IS NULL OR s.direction IS NULL OR s.direction = ANY($2))
   AND ($3::text IS NULL OR (s.channel, s.name) > ($3, $4))
 ORDER BY s.channel, s.name
 LIMIT $5
