INSERT INTO organisation_people (organisation_id, version, customer_id, is_attached, is_primary, since_date,
                                 until_date, occurred_at, recorded_at)
SELECT (data->>'organisation_id')::uuid, version, (data->>'customer_id')::uuid, true,
       coalesce((data->>'is_primary')::boolean, false), (data->>'since')::date, (data->>'until')::date, occurred_at,
       recorded_at
  FROM batch
ON CONFLICT DO NOTHING
