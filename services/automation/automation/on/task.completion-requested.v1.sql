, asked AS (
  SELECT DISTINCT coalesce(data->>'lead_id', data->>'deal_id', data->>'customer_id')::uuid AS subject_id FROM batch
)
INSERT INTO task_subjects AS s (subject_id) SELECT subject_id FROM asked ORDER BY subject_id
ON CONFLICT (subject_id) DO UPDATE SET subject_id = s.subject_id
