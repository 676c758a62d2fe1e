-- What was said last of each customer, as the log has it: the table was restored from a backup, and the log was not.
INSERT INTO segments_told AS t (customer_id, segment, version, share_percent)
SELECT DISTINCT ON (e.stream_id) (e.data->>'customer_id')::uuid, e.data->>'segment', e.version,
       (e.data->'reason'->>'share_percent')::numeric
  FROM events e WHERE e.type = 'customer.segment-changed.v1' ORDER BY e.stream_id, e.version DESC
ON CONFLICT (customer_id) DO UPDATE
   SET segment = excluded.segment, version = excluded.version, share_percent = excluded.share_percent
 WHERE t.version < excluded.version
