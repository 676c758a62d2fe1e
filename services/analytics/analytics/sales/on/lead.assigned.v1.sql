-- assigned_at is the first time somebody became responsible, manager_id who is now.
WITH history AS (
  INSERT INTO lead_assignments (lead_id, version, change, manager_id, previous_manager_id, strategy, rule, occurred_at,
                                recorded_at)
  SELECT (data->>'lead_id')::uuid, version, 'assigned', data->>'manager_id', data->>'previous_manager_id',
         data->>'strategy', data->>'rule', occurred_at, recorded_at
    FROM batch
  ON CONFLICT DO NOTHING
)
INSERT INTO leads AS l (lead_id, manager_id, manager_version, assigned_at)
SELECT DISTINCT ON (1) (data->>'lead_id')::uuid, data->>'manager_id', version,
       min(occurred_at) OVER (PARTITION BY data->>'lead_id')
  FROM batch ORDER BY 1, version DESC
ON CONFLICT (lead_id) DO UPDATE
   SET manager_id = CASE WHEN l.manager_version > excluded.manager_version THEN l.manager_id ELSE excluded.manager_id END,
       manager_version = greatest(l.manager_version, excluded.manager_version),
       assigned_at = least(l.assigned_at, excluded.assigned_at),
       updated_at = clock_timestamp()
