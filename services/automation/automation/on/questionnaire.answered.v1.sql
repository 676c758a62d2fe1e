INSERT INTO questionnaire_answers (message_id, questionnaire, version, customer_id, scores, choices, texts, answered_at)
SELECT (data->>'message_id')::uuid, data->>'questionnaire', (data->>'version')::int, (data->>'customer_id')::uuid,
       coalesce(data->'scores', '{}'), coalesce(data->'choices', '{}'),
       CASE WHEN c.erased THEN '{}' ELSE coalesce(data->'texts', '{}') END, occurred_at
  FROM batch LEFT JOIN contacts c ON c.customer_id = (data->>'customer_id')::uuid
    ON CONFLICT (message_id) DO NOTHING
