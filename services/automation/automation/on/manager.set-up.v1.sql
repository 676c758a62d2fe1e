, latest AS (
  SELECT DISTINCT ON (stream_id) data->>'manager_id' AS manager_id, version,
         coalesce(data->>'time_zone', 'UTC') AS time_zone, coalesce(data->'working_hours', '[]') AS windows,
         data->>'calendar' AS calendar,
         ARRAY(SELECT json_array_elements_text(coalesce(data->'directions', '[]')::json)) AS directions
    FROM batch ORDER BY stream_id, version DESC
)
INSERT INTO manager_hours AS m (manager_id, version, time_zone, windows, calendar, directions)
SELECT manager_id, version, time_zone, windows, calendar, directions FROM latest ORDER BY manager_id
ON CONFLICT (manager_id) DO UPDATE
   SET version = excluded.version, time_zone = excluded.time_zone, windows = excluded.windows,
       calendar = excluded.calendar, directions = excluded.directions
 WHERE m.version < excluded.version
