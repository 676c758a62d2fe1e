-- reads: unfinished
-- What waits for managers, counted; due_at: when each of the tasks is due.
SELECT (at AT TIME ZONE :zone)::date AS day, manager_id, direction, count(*) FILTER (WHERE what = 'lead') AS open_leads,
       count(*) FILTER (WHERE what = 'task') AS open_tasks, array_agg(at) FILTER (WHERE what = 'task') AS due_at,
       count(*) FILTER (WHERE what = 'deal') AS open_deals
  FROM unfinished GROUP BY 1, 2, 3
