INSERT INTO organisation_assignments (organisation_id, version, manager_id, previous_manager_id, reason, occurred_at,
                                      recorded_at)
SELECT (data->>'organisation_id')::uuid, version, data->>'manager_id', data->>'previous_manager_id', data->>'reason',
       occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
