INSERT INTO tag_changes (subject, subject_id, version, tag, is_added, occurred_at, recorded_at)
SELECT 'deal', (data->>'deal_id')::uuid, version, tag, true, occurred_at, recorded_at
  FROM batch, jsonb_array_elements_text(data->'tags') AS tag
ON CONFLICT DO NOTHING
