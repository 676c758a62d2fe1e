-- :rows tasks of three years, a twentieth open. assignee: one of a hundred; `rare` has twenty.
INSERT INTO manager_tasks (task_id, version, state, kind, title, due_at, assignee, follows_responsible, customer_id, created_at)
SELECT md5('task' || n)::uuid, 1, CASE WHEN n % 20 = 0 THEN 'open' ELSE 'completed' END, 'call', 'Call', at,
       CASE WHEN n % (:rows / 20) = 0 THEN 'rare' ELSE 'm' || n % 100 END, false, md5('customer' || n)::uuid, at
  FROM (SELECT n, now() - n * interval '3 years' / :rows AS at FROM generate_series(1, :rows) n) numbered;
