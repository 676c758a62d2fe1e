INSERT INTO delivery_reports (delivery_id, version, state, intake, source, reason, message_id, customer_id,
                              occurred_at, recorded_at)
SELECT (data->>'delivery_id')::uuid, version, data->>'state', data->>'intake', data->>'source', data->>'reason',
       (data->>'message_id')::uuid, (data->>'customer_id')::uuid, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
