-- Open tasks among these ($1), or wanted by these wishes ($2), that a wish wants done: each with the first wish after it.
SELECT DISTINCT ON (t.task_id) r.request_id, r.result, r.cause::text AS cause, r.asked_at, t.task_id, t.version,
       t.kind, t.customer_id, t.lead_id, t.deal_id, t.created_at
  FROM manager_tasks t
 CROSS JOIN LATERAL (VALUES (t.lead_id), (t.deal_id), (t.customer_id)) AS about(subject_id)
  JOIN task_completions r ON r.subject_id = about.subject_id
 WHERE t.task_id IN (SELECT unnest($1::uuid[])
                     UNION
                     SELECT o.task_id FROM task_completions w JOIN manager_tasks o ON o.lead_id = w.subject_id
                      WHERE w.request_id = ANY($2::uuid[])
                     UNION
                     SELECT o.task_id FROM task_completions w JOIN manager_tasks o ON o.deal_id = w.subject_id
                      WHERE w.request_id = ANY($2::uuid[]) AND o.state = 'open' AND o.deal_id IS NOT NULL
                     UNION
                     SELECT o.task_id FROM task_completions w JOIN manager_tasks o ON o.customer_id = w.subject_id
                      WHERE w.request_id = ANY($2::uuid[]))
   AND t.state = 'open' AND t.created_at < r.asked_at
   AND (r.kinds = '{}' OR t.kind = ANY(r.kinds)) AND (r.rules = '{}' OR t.cause->>'rule' = ANY(r.rules))
 ORDER BY t.task_id, r.asked_at, r.request_id
