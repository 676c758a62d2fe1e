INSERT INTO interaction_changes (interaction_id, version, change, kind, flow, customer_id, manager_id, lead_id,
                                 direction, started_at, answered_at, ended_at, talk_seconds, call_result, occurred_at,
                                 recorded_at)
SELECT (data->>'interaction_id')::uuid, version, 'progressed', 'call', data#>>'{call,flow}',
       (data->>'customer_id')::uuid, data->>'manager_id', (data->>'lead_id')::uuid, data->>'direction',
       (data#>>'{call,started_at}')::timestamptz, (data#>>'{call,answered_at}')::timestamptz,
       (data#>>'{call,ended_at}')::timestamptz, (data#>>'{call,talk_seconds}')::int, data#>>'{call,result}',
       occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
