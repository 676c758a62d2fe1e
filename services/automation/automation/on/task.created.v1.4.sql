, about AS (
  SELECT DISTINCT s.id::uuid AS subject_id
    FROM batch CROSS JOIN LATERAL (VALUES (data->>'lead_id'), (data->>'deal_id'), (data->>'customer_id')) AS s(id)
   WHERE s.id IS NOT NULL
)
INSERT INTO task_subjects AS s (subject_id) SELECT subject_id FROM about ORDER BY subject_id
ON CONFLICT (subject_id) DO UPDATE SET subject_id = s.subject_id
