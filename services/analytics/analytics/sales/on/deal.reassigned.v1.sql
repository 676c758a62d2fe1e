WITH history AS (
  INSERT INTO deal_assignments (deal_id, version, manager_id, previous_manager_id, reason, occurred_at, recorded_at)
  SELECT (data->>'deal_id')::uuid, version, data->>'manager_id', data->>'previous_manager_id', data->>'reason',
         occurred_at, recorded_at
    FROM batch
  ON CONFLICT DO NOTHING
)
INSERT INTO deals AS d (deal_id, manager_id, manager_version)
SELECT DISTINCT ON (1) (data->>'deal_id')::uuid, data->>'manager_id', version
  FROM batch ORDER BY 1, version DESC
ON CONFLICT (deal_id) DO UPDATE
   SET manager_id = excluded.manager_id, manager_version = excluded.manager_version, updated_at = clock_timestamp()
 WHERE (d.manager_version > excluded.manager_version) IS NOT TRUE
