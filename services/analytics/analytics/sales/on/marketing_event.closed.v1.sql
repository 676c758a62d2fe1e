INSERT INTO marketing_event_changes (marketing_event_id, version, change, occurred_at, recorded_at)
SELECT (data->>'event_id')::uuid, version, 'closed', occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
