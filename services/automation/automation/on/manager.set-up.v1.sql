, latest AS (
  SELECT DISTINCT ON (stream_id) data->>'manager_id' AS manager_id, version,
         coalesce(data->>'time_zone', 'UTC') AS time_zone, coalesce(data->'working_hours', '[]') AS windows,
         data->>'calendar' AS calendar,
         ARRAY(SELECT json_array_elements_text(coalesce(data->'directions', '[]')::json)) AS directions,
         (data->>'active')::boolean AS active, data->>'department' AS department,
         ARRAY(SELECT json_array_elements_text(coalesce(data->'teams', '[]')::json)) AS teams,
         coalesce((data->>'weight')::integer, 1) AS weight
    FROM batch ORDER BY stream_id, version DESC
)
INSERT INTO manager_hours AS m (manager_id, version, time_zone, windows, calendar, directions, active, department, teams,
                                weight)
SELECT manager_id, version, time_zone, windows, calendar, directions, active, department, teams, weight
  FROM latest ORDER BY manager_id
ON CONFLICT (manager_id) DO UPDATE
   SET version = excluded.version, time_zone = excluded.time_zone, windows = excluded.windows,
       calendar = excluded.calendar, directions = excluded.directions, active = excluded.active,
       department = excluded.department, teams = excluded.teams, weight = excluded.weight
 -- The same version again: an installation that reads its log anew learns what it did not keep.
 WHERE m.version <= excluded.version
