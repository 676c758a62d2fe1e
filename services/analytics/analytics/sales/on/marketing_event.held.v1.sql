INSERT INTO marketing_event_changes (marketing_event_id, version, change, held_from, held_to, occurred_at, recorded_at)
SELECT (data->>'event_id')::uuid, version, 'held', (data->>'held_from')::timestamptz, (data->>'held_to')::timestamptz,
       occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
