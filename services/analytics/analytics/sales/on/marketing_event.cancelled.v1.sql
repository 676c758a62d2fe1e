INSERT INTO marketing_event_changes (marketing_event_id, version, change, reason, occurred_at, recorded_at)
SELECT (data->>'event_id')::uuid, version, 'cancelled', data->>'reason', occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
