INSERT INTO tag_changes (subject, subject_id, version, tag, is_added, occurred_at, recorded_at)
SELECT 'customer', (data->>'customer_id')::uuid, version, tag, false, occurred_at, recorded_at
  FROM batch, jsonb_array_elements_text(data->'tags') AS tag
ON CONFLICT DO NOTHING
