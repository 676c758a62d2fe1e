INSERT INTO enrolments (enrolment_id, sequence, customer_id, version, round, revision, state, entered_at)
SELECT DISTINCT ON (stream_id) stream_id, data->>'sequence', (data->>'customer_id')::uuid, (data->>'version')::int,
       (data->>'round')::int, version, 'inside', recorded_at
  FROM batch ORDER BY stream_id, version DESC
    ON CONFLICT (enrolment_id) DO UPDATE
   SET version = excluded.version, round = excluded.round, revision = excluded.revision, state = 'inside', step = NULL,
       until = NULL, messages = 0, entered_at = excluded.entered_at, left_at = NULL, reason = NULL
 WHERE enrolments.revision < excluded.revision
