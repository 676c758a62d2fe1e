WITH events AS (
  INSERT INTO marketing_events (marketing_event_id, direction, announced_at, recorded_at)
  SELECT (data->>'event_id')::uuid, data->>'direction', occurred_at, recorded_at FROM batch
  ON CONFLICT DO NOTHING
)
INSERT INTO marketing_event_changes (marketing_event_id, version, change, kind, event_name, stages, planned_from,
                                     planned_to, amount, currency, occurred_at, recorded_at)
SELECT (data->>'event_id')::uuid, version, 'planned', data->>'kind', data->>'name',
       ARRAY(SELECT jsonb_array_elements_text(data->'stages')), (data->>'planned_from')::timestamptz,
       (data->>'planned_to')::timestamptz, (data#>>'{budget,amount}')::numeric, data#>>'{budget,currency}',
       occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
