-- Of the requisites only what names nobody: an INN has 10 digits for a company, 12 for a person; it begins with the region.
INSERT INTO organisations AS o (organisation_id, kind, region, details_version)
SELECT DISTINCT ON (1) (data->>'organisation_id')::uuid,
       CASE length(data#>>'{requisites,inn}') WHEN 10 THEN 'company' WHEN 12 THEN 'sole_trader' END,
       left(data#>>'{requisites,inn}', 2), version
  FROM batch ORDER BY 1, version DESC
ON CONFLICT (organisation_id) DO UPDATE
   SET kind = CASE WHEN o.details_version > excluded.details_version THEN o.kind ELSE excluded.kind END,
       region = CASE WHEN o.details_version > excluded.details_version THEN o.region ELSE excluded.region END,
       details_version = greatest(o.details_version, excluded.details_version), updated_at = clock_timestamp()
