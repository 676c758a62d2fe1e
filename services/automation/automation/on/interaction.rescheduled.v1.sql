, latest AS (
  SELECT DISTINCT ON (stream_id) (data->>'interaction_id')::uuid AS interaction_id,
         (data->>'customer_id')::uuid AS customer_id, (data->>'planned_at')::timestamptz AS planned_at, version
    FROM batch ORDER BY stream_id, version DESC
)
INSERT INTO planned_contacts AS p (interaction_id, planned_at, time_version)
SELECT interaction_id, planned_at, version FROM latest l
 WHERE NOT EXISTS (SELECT FROM contacts c WHERE c.customer_id = l.customer_id AND c.erased)
ON CONFLICT (interaction_id) DO UPDATE SET planned_at = excluded.planned_at, time_version = excluded.time_version
 WHERE p.time_version < excluded.time_version
