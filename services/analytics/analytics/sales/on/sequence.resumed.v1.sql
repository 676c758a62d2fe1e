INSERT INTO sequence_changes (enrolment_id, version, change, sequence, customer_id, occurred_at, recorded_at)
SELECT (data->>'enrolment_id')::uuid, version, 'resumed', data->>'sequence', (data->>'customer_id')::uuid,
       occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
