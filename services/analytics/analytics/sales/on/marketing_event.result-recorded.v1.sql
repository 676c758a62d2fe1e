INSERT INTO marketing_event_results (marketing_event_id, version, organisation_id, loyalty, interest, occurred_at,
                                     recorded_at)
SELECT (data->>'event_id')::uuid, version, (data->>'organisation_id')::uuid, (data->>'loyalty')::int,
       (data->>'interest')::int, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
