-- When these managers work, with their absences that end after $2.
SELECT m.manager_id, m.time_zone, m.windows, m.calendar,
       coalesce(array_agg(a.starts ORDER BY a.starts) FILTER (WHERE a.starts IS NOT NULL), '{}') AS away_from,
       coalesce(array_agg(a.ends ORDER BY a.starts) FILTER (WHERE a.starts IS NOT NULL), '{}') AS away_until
  FROM manager_hours m
  LEFT JOIN manager_absences a ON a.manager_id = m.manager_id AND NOT a.cancelled AND a.ends > $2
 WHERE m.manager_id = ANY($1::text[])
 GROUP BY m.manager_id
