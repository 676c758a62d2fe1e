-- event: manager.set-up.v1
SELECT some_id(n, 'manager') AS stream_id, version, at AS occurred_at,
       jsonb_build_object('manager_id', manager_id, 'name', manager_id, 'active', is_active, 'department', place,
                          'directions', jsonb_build_array(direction), 'time_zone', 'Europe/Moscow') AS data
  FROM managers, era e, LATERAL (VALUES
         (1, begins + hired * (ends - begins), true, department),
         (2, begins + (hired + least(gone, 1)) / 2 * (ends - begins), true,
          CASE WHEN n % 7 = 0 THEN 'department-6' ELSE department END),
         (3, begins + gone * (ends - begins), false, department)) s (version, at, is_active, place)
-- event: pipeline.saved.v1
SELECT some_id(hashtext(pipeline), 'pipeline'), version, begins + (version - 1) * (ends - begins) / 2,
       jsonb_build_object('code', pipeline, 'version', version, 'title_ru', pipeline, 'title_en', pipeline,
         'stages', (SELECT jsonb_agg(jsonb_build_object('code', code, 'kind', kind, 'title_ru', code, 'title_en', code,
                                                        'probability', probability::text, 'days', days) ORDER BY place)
                      FROM (SELECT code, 'open' AS kind, 0.2 * place AS probability, 1 + 2 * place + version AS days, place
                              FROM unnest(codes) WITH ORDINALITY AS c (code, place)
                            UNION ALL SELECT 'won', 'won', 1, NULL, 8 UNION ALL SELECT 'lost', 'lost', 0, NULL, 9) all_of),
         'loss_reasons', (SELECT jsonb_agg(jsonb_build_object('code', code, 'title_ru', code, 'title_en', code))
                            FROM unnest('{price,rival,silence,no_need}'::text[]) AS code))
  FROM stages, era, generate_series(1, 2) AS version
-- event: product.registered.v1
SELECT some_id(n, 'product'), 1, begins, jsonb_build_object('product_id', some_id(n, 'product'), 'code', 'p-' || n,
         'title', 'Product ' || n, 'kind', 'goods')
  FROM era, generate_series(0, 39) AS n
-- event: target.set.v1
SELECT some_id(m.n * 10000 + month * 10 + measure, 'target'), 1, begins,
       jsonb_build_object('target_id', some_id(m.n * 10000 + month * 10 + measure, 'target'),
         'period', to_char(first, 'YYYY-MM'), 'first_day', first::date,
         'last_day', (first + interval '1 month')::date - 1, 'owner_kind', 'manager', 'owner_id', manager_id,
         'measure', (ARRAY['revenue_won', 'deals_won', 'leads', 'contacts', 'conversion'])[measure],
         'amount', (ARRAY[1500000, 12, 60, 150, 20])[measure]::text,
         'currency', CASE WHEN measure = 1 THEN 'RUB' END)
  FROM era, managers m, generate_series(0, 35) AS month, generate_series(1, 5) AS measure,
       LATERAL (SELECT date_trunc('month', begins + month * interval '1 month', 'Europe/Moscow')
                       AT TIME ZONE 'Europe/Moscow' AS first) f
-- event: spend.recorded.v1
SELECT some_id(number * 100000 + (day - e.begins::date), 'spend'), 1, (day + 1)::timestamptz,
       jsonb_build_object('spend_id', some_id(number * 100000 + (day - e.begins::date), 'spend'), 'day', day,
         'channel', channel, 'amount', round((share * (80 + 60 * chance(number * 100000 + (day - e.begins::date), 'cost'))
                                             * leads / 10000)::numeric, 2)::text,
         'currency', 'RUB', 'campaign', channel || '-1', 'impressions', 9000, 'clicks', 300)
  FROM era e, channels, LATERAL (SELECT generate_series(e.begins::date, e.ends::date - 1, '1 day')::date AS day) d
 WHERE channel NOT IN ('phone', 'email') AND (day - e.begins::date)::float8 / (e.ends::date - e.begins::date) BETWEEN channels.begins
                                                                                                     AND channels.ends
-- event: marketing_event.planned.v1
SELECT some_id(n, 'fair'), 1, begins + n * interval '25 days',
       jsonb_build_object('event_id', some_id(n, 'fair'), 'name', 'Fair ' || n, 'kind', 'exhibition',
         'stages', jsonb_build_array('invited', 'came'), 'planned_from', begins + n * interval '25 days' + interval '20 days',
         'planned_to', begins + n * interval '25 days' + interval '22 days', 'budget', money(300000, 'RUB'))
  FROM era, generate_series(0, 42) AS n
-- event: marketing_event.held.v1
SELECT some_id(n, 'fair'), 2, begins + n * interval '25 days' + interval '22 days',
       jsonb_build_object('event_id', some_id(n, 'fair'), 'held_from', begins + n * interval '25 days' + interval '20 days',
         'held_to', begins + n * interval '25 days' + interval '22 days')
  FROM era, generate_series(0, 42) AS n
-- event: participant.moved.v1
SELECT some_id(l, 'participant'), 1, begins + (l % 43) * interval '25 days' + interval '20 days',
       jsonb_build_object('participation_id', some_id(l, 'participant'), 'event_id', some_id(l % 43, 'fair'),
         'customer_id', some_id(l, 'customer'), 'stage', 'came')
  FROM era, generate_series(1, leads / 100) AS l WHERE chance(l, 'again') >= 0.15
