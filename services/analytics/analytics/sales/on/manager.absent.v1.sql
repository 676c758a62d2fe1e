INSERT INTO manager_absences (manager_id, version, absence_id, is_cancelled, starts_at, ends_at, reason, deputy_id,
                              occurred_at, recorded_at)
SELECT data->>'manager_id', version, (data->>'absence_id')::uuid, false, (data->>'starts')::timestamptz,
       (data->>'ends')::timestamptz, data->>'reason', data->>'deputy_id', occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
