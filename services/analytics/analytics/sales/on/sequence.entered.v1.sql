INSERT INTO sequence_changes (enrolment_id, version, change, sequence, sequence_version, customer_id, lead_id,
                              deal_id, occurred_at, recorded_at)
SELECT (data->>'enrolment_id')::uuid, version, 'entered', data->>'sequence', (data->>'version')::int,
       (data->>'customer_id')::uuid, (data->>'lead_id')::uuid, (data->>'deal_id')::uuid, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
