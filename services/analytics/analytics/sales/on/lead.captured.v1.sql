WITH directions AS (
  INSERT INTO lead_directions (lead_id, version, direction, occurred_at, recorded_at)
  SELECT (data->>'lead_id')::uuid, version, data->>'direction', occurred_at, recorded_at
    FROM batch
   WHERE data ? 'direction'
  ON CONFLICT DO NOTHING
), first_touches AS (
  INSERT INTO touches (lead_id, version, touch_id, customer_id, touched_at, recorded_at, is_first, channel, intake, source, kind,
                       campaign, medium, utm_source, content, term, referrer_host, landing_path, is_test)
  SELECT (data->>'lead_id')::uuid, version, (data#>>'{touch,touch_id}')::uuid, (data->>'customer_id')::uuid, occurred_at,
         recorded_at, true, data#>>'{touch,channel}', data#>>'{touch,intake}', data#>>'{touch,source}', data#>>'{touch,kind}',
         data#>>'{touch,campaign}', data#>>'{touch,medium}', data#>>'{touch,utm_source}', data#>>'{touch,content}',
         data#>>'{touch,term}', data#>>'{touch,referrer_host}', data#>>'{touch,landing_path}',
         coalesce((data#>>'{touch,is_test}')::boolean, false)
    FROM batch
   -- A lead that a split opened stands on a request that was counted when it came.
   WHERE NOT data ? 'from_lead_id'
  ON CONFLICT DO NOTHING
)
INSERT INTO leads AS l (lead_id, customer_id, captured_at, recorded_at, channel, intake, source, kind, campaign, medium,
                        utm_source, is_test, is_returning, from_lead_id, direction, direction_version)
SELECT (data->>'lead_id')::uuid, (data->>'customer_id')::uuid, occurred_at, recorded_at, data#>>'{touch,channel}',
       data#>>'{touch,intake}', data#>>'{touch,source}', data#>>'{touch,kind}', data#>>'{touch,campaign}',
       data#>>'{touch,medium}', data#>>'{touch,utm_source}', coalesce((data#>>'{touch,is_test}')::boolean, false),
       coalesce((data->>'is_returning')::boolean, false), (data->>'from_lead_id')::uuid, data->>'direction',
       CASE WHEN data ? 'direction' THEN version END
  FROM batch
ON CONFLICT (lead_id) DO UPDATE
   SET customer_id = excluded.customer_id, captured_at = excluded.captured_at, recorded_at = excluded.recorded_at,
       channel = excluded.channel, intake = excluded.intake, source = excluded.source, kind = excluded.kind,
       campaign = excluded.campaign, medium = excluded.medium, utm_source = excluded.utm_source,
       is_test = excluded.is_test, is_returning = excluded.is_returning, from_lead_id = excluded.from_lead_id,
       direction = CASE WHEN l.direction_version > excluded.direction_version THEN l.direction
                        ELSE coalesce(excluded.direction, l.direction) END,
       direction_version = greatest(l.direction_version, excluded.direction_version),
       updated_at = clock_timestamp()
