UPDATE enrolments e
   SET state = 'left', step = NULL, until = NULL, left_at = b.left_at, reason = b.reason, revision = b.version
  FROM (SELECT DISTINCT ON (stream_id) stream_id, version, (data->>'left_at')::timestamptz AS left_at,
               data->>'reason' AS reason
          FROM batch ORDER BY stream_id, version DESC) b
 WHERE e.enrolment_id = b.stream_id AND e.revision < b.version
