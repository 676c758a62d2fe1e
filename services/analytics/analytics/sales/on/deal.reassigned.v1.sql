INSERT INTO deals AS d (deal_id, manager_id, manager_version)
SELECT DISTINCT ON (1) (data->>'deal_id')::uuid, data->>'manager_id', version
  FROM batch ORDER BY 1, version DESC
ON CONFLICT (deal_id) DO UPDATE
   SET manager_id = excluded.manager_id, manager_version = excluded.manager_version, updated_at = clock_timestamp()
 WHERE (d.manager_version > excluded.manager_version) IS NOT TRUE
