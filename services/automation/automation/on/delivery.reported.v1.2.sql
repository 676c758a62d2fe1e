INSERT INTO delivery_reports (delivery_id, state, reason, reported_at)
SELECT (data->>'delivery_id')::uuid, data->>'state', data->>'reason', occurred_at FROM batch
ON CONFLICT DO NOTHING
