-- His name is not taken over.
INSERT INTO manager_setups (manager_id, version, is_active, department, teams, directions, time_zone, working_hours,
                            calendar, open_limit, weight, occurred_at, recorded_at)
SELECT data->>'manager_id', version, (data->>'active')::boolean, data->>'department',
       ARRAY(SELECT jsonb_array_elements_text(data->'teams')),
       ARRAY(SELECT jsonb_array_elements_text(data->'directions')), coalesce(data->>'time_zone', 'UTC'),
       coalesce(data->'working_hours', '[]'), data->>'calendar', (data->>'open_limit')::int,
       coalesce((data->>'weight')::int, 1), occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
