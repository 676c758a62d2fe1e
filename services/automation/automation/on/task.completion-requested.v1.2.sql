INSERT INTO task_completions (request_id, subject_id, kinds, rules, result, cause, asked_at)
SELECT (data->>'request_id')::uuid, coalesce(data->>'lead_id', data->>'deal_id', data->>'customer_id')::uuid,
       ARRAY(SELECT jsonb_array_elements_text(data->'kinds')), ARRAY(SELECT jsonb_array_elements_text(data->'rules')),
       data->>'result', data->'cause', occurred_at
  FROM batch
ON CONFLICT (request_id) DO NOTHING
