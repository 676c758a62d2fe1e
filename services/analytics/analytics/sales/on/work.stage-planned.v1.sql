INSERT INTO work_stage_plans (work_id, version, stage, deal_id, role, responsible_id, starts_date, due_date,
                              occurred_at, recorded_at)
SELECT (data->>'work_id')::uuid, version, data#>>'{stage,code}', (data->>'deal_id')::uuid, data#>>'{stage,role}',
       data#>>'{stage,responsible_id}', (data#>>'{stage,starts_on}')::date, (data#>>'{stage,due_on}')::date,
       occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
