-- qualified_at is the first time; temperature and category are the latest. What is not told stays as it was.
WITH judgements AS (
  INSERT INTO lead_status_changes (lead_id, version, status, temperature, category, occurred_at, recorded_at)
  SELECT (data->>'lead_id')::uuid, version, 'qualified', data->>'temperature', data->>'category', occurred_at,
         recorded_at
    FROM batch
  ON CONFLICT DO NOTHING
), assignments AS (
  INSERT INTO lead_assignments (lead_id, version, change, manager_id, occurred_at, recorded_at)
  SELECT (data->>'lead_id')::uuid, version, 'qualified', data->>'manager_id', occurred_at, recorded_at
    FROM batch
   WHERE data ? 'manager_id'
  ON CONFLICT DO NOTHING
), directions AS (
  INSERT INTO lead_directions (lead_id, version, direction, occurred_at, recorded_at)
  SELECT (data->>'lead_id')::uuid, version, data->>'direction', occurred_at, recorded_at
    FROM batch
   WHERE data ? 'direction'
  ON CONFLICT DO NOTHING
)
INSERT INTO leads AS l (lead_id, qualified_at, qualified_version, temperature, category, manager_id, manager_version,
                        direction, direction_version)
SELECT (data->>'lead_id')::uuid, min(occurred_at), max(version),
       (array_agg(data->>'temperature' ORDER BY version DESC))[1],
       (array_agg(data->>'category' ORDER BY version DESC))[1],
       (array_agg(data->>'manager_id' ORDER BY version DESC) FILTER (WHERE data ? 'manager_id'))[1],
       max(version) FILTER (WHERE data ? 'manager_id'),
       (array_agg(data->>'direction' ORDER BY version DESC) FILTER (WHERE data ? 'direction'))[1],
       max(version) FILTER (WHERE data ? 'direction')
  FROM batch GROUP BY 1
ON CONFLICT (lead_id) DO UPDATE
   SET qualified_at = least(l.qualified_at, excluded.qualified_at),
       temperature = CASE WHEN l.qualified_version > excluded.qualified_version THEN l.temperature ELSE excluded.temperature END,
       category = CASE WHEN l.qualified_version > excluded.qualified_version THEN l.category ELSE excluded.category END,
       qualified_version = greatest(l.qualified_version, excluded.qualified_version),
       manager_id = CASE WHEN l.manager_version > excluded.manager_version THEN l.manager_id
                         ELSE coalesce(excluded.manager_id, l.manager_id) END,
       manager_version = greatest(l.manager_version, excluded.manager_version),
       direction = CASE WHEN l.direction_version > excluded.direction_version THEN l.direction
                        ELSE coalesce(excluded.direction, l.direction) END,
       direction_version = greatest(l.direction_version, excluded.direction_version),
       updated_at = clock_timestamp()
