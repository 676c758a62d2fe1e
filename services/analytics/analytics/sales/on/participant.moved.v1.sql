INSERT INTO participant_moves (participation_id, version, marketing_event_id, customer_id, organisation_id, stage,
                               previous_stage, occurred_at, recorded_at)
SELECT (data->>'participation_id')::uuid, version, (data->>'event_id')::uuid, (data->>'customer_id')::uuid,
       (data->>'organisation_id')::uuid, data->>'stage', data->>'previous_stage', occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
