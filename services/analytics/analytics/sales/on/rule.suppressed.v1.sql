INSERT INTO rule_suppressions (suppression_id, version, rule, rule_version, action, reason, customer_id, occurred_at,
                               recorded_at)
SELECT (data->>'suppression_id')::uuid, version, data#>>'{cause,rule}', (data#>>'{cause,rule_version}')::int,
       data#>>'{cause,action}', data->>'reason', (data->>'customer_id')::uuid, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
