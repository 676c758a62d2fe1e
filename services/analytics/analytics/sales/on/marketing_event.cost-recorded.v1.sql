INSERT INTO marketing_event_changes (marketing_event_id, version, change, amount, currency, occurred_at, recorded_at)
SELECT (data->>'event_id')::uuid, version, 'cost_recorded', (data#>>'{cost,amount}')::numeric,
       data#>>'{cost,currency}', occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
