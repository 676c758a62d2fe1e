, latest AS (
  SELECT DISTINCT ON (stream_id) data->>'calendar' AS calendar, version, data AS content
    FROM batch ORDER BY stream_id, version DESC
)
INSERT INTO working_calendars AS c (calendar, version, content)
SELECT calendar, version, content FROM latest ORDER BY calendar
ON CONFLICT (calendar) DO UPDATE SET version = excluded.version, content = excluded.content
 WHERE c.version < excluded.version
