-- Open tasks of these people ($1), of these kinds ($2; none: all), due before $3 (NULL: whenever), those due last first, $4 at
-- most; without tasks that go with a lead, and, unless $5, those about a customer for whom their assignee answers. Of the lines
-- of business $6 (NULL: all).
SELECT t.task_id, t.version, t.assignee, t.kind, t.due_at, coalesce(d.direction, l.direction, c.direction) AS direction
  FROM manager_tasks t
  LEFT JOIN LATERAL (
    SELECT f.value #>> '{}' AS direction FROM facts f WHERE f.subject_id = t.deal_id AND f.name = 'direction'
     ORDER BY f.recorded_at DESC, f.version DESC LIMIT 1) d ON true
  LEFT JOIN LATERAL (
    SELECT f.value #>> '{}' AS direction FROM facts f WHERE f.subject_id = t.lead_id AND f.name = 'direction'
     ORDER BY f.recorded_at DESC, f.version DESC LIMIT 1) l ON true
  LEFT JOIN LATERAL (
    SELECT f.value #>> '{}' AS direction FROM facts f WHERE f.subject_id = t.customer_id AND f.name = 'direction'
     ORDER BY f.recorded_at DESC, f.version DESC LIMIT 1) c ON true
 WHERE t.state = 'open' AND t.assignee = ANY($1::text[]) AND NOT t.follows_responsible
   AND (cardinality($2::text[]) = 0 OR t.kind = ANY($2::text[])) AND ($3::timestamptz IS NULL OR t.due_at < $3)
   AND ($5 OR t.customer_id IS NULL OR t.assignee IS DISTINCT FROM (
         SELECT f.value #>> '{}' FROM facts f WHERE f.subject_id = t.customer_id AND f.name = 'responsible'
          ORDER BY f.recorded_at DESC, f.version DESC LIMIT 1))
   AND is_in_sight(t.deal_id, t.lead_id, t.customer_id, $6::text[])
 ORDER BY t.due_at DESC, t.task_id LIMIT $4
