INSERT INTO touches (lead_id, version, touch_id, customer_id, touched_at, recorded_at, is_first, channel, intake, source, kind,
                     campaign, medium, utm_source, content, term, referrer_host, landing_path, is_test)
SELECT (data->>'lead_id')::uuid, version, (data#>>'{touch,touch_id}')::uuid, (data->>'customer_id')::uuid, occurred_at,
       recorded_at, false, data#>>'{touch,channel}', data#>>'{touch,intake}', data#>>'{touch,source}', data#>>'{touch,kind}',
       data#>>'{touch,campaign}', data#>>'{touch,medium}', data#>>'{touch,utm_source}', data#>>'{touch,content}',
       data#>>'{touch,term}', data#>>'{touch,referrer_host}', data#>>'{touch,landing_path}',
       coalesce((data#>>'{touch,is_test}')::boolean, false)
  FROM batch
ON CONFLICT DO NOTHING
