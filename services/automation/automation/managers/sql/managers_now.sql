-- Managers who work here: what each has to do, with tasks that were given to him a moment ago; whether he is away at $1; when
-- he was chosen last.
SELECT m.manager_id, m.directions, m.teams, m.department, m.weight,
       EXISTS (SELECT FROM manager_absences a
                WHERE a.manager_id = m.manager_id AND NOT a.cancelled AND a.starts <= $1 AND a.ends > $1) AS is_away,
       coalesce(t.open, 0)::int AS open_tasks, c.chosen_at
  FROM manager_hours m
  LEFT JOIN (
    SELECT coalesce(t.assignee, c.manager_id) AS manager_id, count(*) AS open
      FROM manager_tasks t LEFT JOIN manager_choices c ON c.task_id = t.task_id AND t.assignee IS NULL
     WHERE t.state = 'open' GROUP BY 1
  ) t USING (manager_id)
  LEFT JOIN LATERAL (
    SELECT chosen_at FROM manager_choices c WHERE c.manager_id = m.manager_id ORDER BY chosen_at DESC LIMIT 1
  ) c ON true
 WHERE m.active
 ORDER BY m.manager_id
