INSERT INTO sequence_changes (enrolment_id, version, change, sequence, customer_id, step, outcome, message_id,
                              occurred_at, recorded_at)
SELECT (data->>'enrolment_id')::uuid, version, 'step_taken', data->>'sequence', (data->>'customer_id')::uuid,
       data->>'step', data->>'outcome', (data->>'message_id')::uuid, occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
