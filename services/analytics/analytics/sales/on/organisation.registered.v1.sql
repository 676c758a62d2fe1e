-- Of the requisites only what names nobody: an INN has 10 digits for a company, 12 for a person; it begins with the region.
WITH assignments AS (
  INSERT INTO organisation_assignments (organisation_id, version, manager_id, occurred_at, recorded_at)
  SELECT (data->>'organisation_id')::uuid, version, data->>'manager_id', occurred_at, recorded_at
    FROM batch
   WHERE data ? 'manager_id'
  ON CONFLICT DO NOTHING
)
INSERT INTO organisations AS o (organisation_id, registered_at, recorded_at, direction, kind, region, details_version)
SELECT DISTINCT ON (1) (data->>'organisation_id')::uuid, occurred_at, recorded_at, data->>'direction',
       CASE length(data#>>'{requisites,inn}') WHEN 10 THEN 'company' WHEN 12 THEN 'sole_trader' END,
       left(data#>>'{requisites,inn}', 2), version
  FROM batch ORDER BY 1, version DESC
ON CONFLICT (organisation_id) DO UPDATE
   SET registered_at = excluded.registered_at, recorded_at = excluded.recorded_at, direction = excluded.direction,
       kind = CASE WHEN o.details_version > excluded.details_version THEN o.kind ELSE excluded.kind END,
       region = CASE WHEN o.details_version > excluded.details_version THEN o.region ELSE excluded.region END,
       details_version = greatest(o.details_version, excluded.details_version), updated_at = clock_timestamp()
