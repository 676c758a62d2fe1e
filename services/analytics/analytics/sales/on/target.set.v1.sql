WITH owners AS (
  INSERT INTO targets (target_id, period, first_day, last_day, owner_kind, owner_id, measure, currency, recorded_at)
  SELECT (data->>'target_id')::uuid, data->>'period', (data->>'first_day')::date, (data->>'last_day')::date,
         data->>'owner_kind', data->>'owner_id', data->>'measure', data->>'currency', recorded_at
    FROM batch
  ON CONFLICT DO NOTHING
)
INSERT INTO target_changes (target_id, version, change, amount, occurred_at, recorded_at)
SELECT (data->>'target_id')::uuid, version, 'set', (data->>'amount')::numeric, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
