-- Nobody is responsible now; that somebody was stays in assigned_at.
WITH history AS (
  INSERT INTO lead_assignments (lead_id, version, change, previous_manager_id, reason, occurred_at, recorded_at)
  SELECT (data->>'lead_id')::uuid, version, 'returned', data->>'previous_manager_id', data->>'reason', occurred_at,
         recorded_at
    FROM batch
  ON CONFLICT DO NOTHING
)
INSERT INTO leads AS l (lead_id, manager_id, manager_version)
SELECT (data->>'lead_id')::uuid, NULL, max(version) FROM batch GROUP BY 1
ON CONFLICT (lead_id) DO UPDATE
   SET manager_id = NULL, manager_version = excluded.manager_version, updated_at = clock_timestamp()
 WHERE (l.manager_version > excluded.manager_version) IS NOT TRUE
