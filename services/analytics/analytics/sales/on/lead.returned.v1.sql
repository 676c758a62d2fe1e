-- Nobody is responsible now; that somebody was stays in assigned_at.
INSERT INTO leads AS l (lead_id, manager_id, manager_version)
SELECT (data->>'lead_id')::uuid, NULL, max(version) FROM batch GROUP BY 1
ON CONFLICT (lead_id) DO UPDATE
   SET manager_id = NULL, manager_version = excluded.manager_version, updated_at = clock_timestamp()
 WHERE (l.manager_version > excluded.manager_version) IS NOT TRUE
