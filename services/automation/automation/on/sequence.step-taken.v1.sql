, taken AS (
  SELECT b.stream_id, max(b.version) AS version, count(*) FILTER (WHERE b.data->>'outcome' = 'sent') AS sent,
         (array_agg(b.data->>'next' ORDER BY b.version DESC))[1] AS next,
         (array_agg((b.data->>'until')::timestamptz ORDER BY b.version DESC))[1] AS until
    FROM batch b JOIN enrolments e ON e.enrolment_id = b.stream_id AND e.revision < b.version
   GROUP BY b.stream_id
)
UPDATE enrolments e
   SET step = t.next, until = t.until, messages = e.messages + t.sent, revision = t.version
  FROM taken t WHERE e.enrolment_id = t.stream_id
