INSERT INTO sequence_changes (enrolment_id, version, change, sequence, customer_id, reason, occurred_at, recorded_at)
SELECT (data->>'enrolment_id')::uuid, version, 'left', data->>'sequence', (data->>'customer_id')::uuid,
       data->>'reason', occurred_at, recorded_at
  FROM batch
ON CONFLICT DO NOTHING
