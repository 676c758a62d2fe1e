-- All managers with what they have in work and when they are not there, as far as it ends after $1.
SELECT m.id, m.name, m.active, m.department, m.teams, m.directions, m.languages, m.sources, m.time_zone, m.working_hours,
       m.calendar, m.open_limit, m.weight, m.turn,
       (SELECT count(*) FROM leads l WHERE l.manager_id = m.id AND l.status = 'new')::int AS load,
       coalesce((SELECT json_agg(json_build_object('starts', a.starts, 'ends', a.ends, 'reason', a.reason,
                                                   'deputy_id', a.deputy_id) ORDER BY a.starts, a.id)
                   FROM absences a WHERE a.manager_id = m.id AND a.cancelled_at IS NULL AND a.ends > $1), '[]') AS absences
  FROM managers m ORDER BY m.id
