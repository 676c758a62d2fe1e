INSERT INTO manager_absences (manager_id, version, absence_id, is_cancelled, occurred_at, recorded_at)
SELECT data->>'manager_id', version, (data->>'absence_id')::uuid, true, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
