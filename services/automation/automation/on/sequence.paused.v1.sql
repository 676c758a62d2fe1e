UPDATE enrolments e SET state = 'paused', revision = b.version
  FROM (SELECT stream_id, max(version) AS version FROM batch GROUP BY stream_id) b
 WHERE e.enrolment_id = b.stream_id AND e.revision < b.version
