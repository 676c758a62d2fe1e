-- Tasks about customers ($1: all members of a card) that are not done, the first due first; of those that belong to a
-- deal only with its line of business ($2, NULL: all).
SELECT * FROM (
  SELECT h.stream_id AS task_id,
         (array_agg(h.deal_id ORDER BY h.version DESC))[1] AS deal_id,
         (array_agg(h.facts ->> 'kind' ORDER BY h.version DESC) FILTER (WHERE h.facts ? 'kind'))[1] AS kind,
         (array_agg(h.facts ->> 'title' ORDER BY h.version DESC) FILTER (WHERE h.facts ? 'title'))[1] AS title,
         (array_agg(h.facts ->> 'assignee' ORDER BY h.version DESC) FILTER (WHERE h.facts ? 'assignee'))[1] AS assignee,
         (array_agg((h.facts ->> 'due_at')::timestamptz ORDER BY h.version DESC) FILTER (WHERE h.facts ? 'due_at'))[1]
           AS due_at
    FROM heard h
   WHERE h.customer_id = ANY($1::uuid[]) AND starts_with(h.type, 'task.')
   GROUP BY h.stream_id
  HAVING NOT bool_or(h.type ~ '^task[.](completed|cancelled|closed)[.]')
) t
 WHERE due_at IS NOT NULL
   AND ($2::text[] IS NULL OR deal_id IS NULL OR EXISTS (
         SELECT FROM customer_deals d
          WHERE d.deal_id = t.deal_id AND d.told AND (d.direction IS NULL OR d.direction = ANY($2))))
 ORDER BY due_at, task_id
 LIMIT $3
