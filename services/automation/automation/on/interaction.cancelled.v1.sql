, latest AS (
  SELECT DISTINCT ON (stream_id) (data->>'interaction_id')::uuid AS interaction_id,
         (data->>'customer_id')::uuid AS customer_id, version
    FROM batch ORDER BY stream_id, version DESC
)
INSERT INTO planned_contacts AS p (interaction_id, ended, ended_version)
SELECT interaction_id, 'cancelled', version FROM latest l
 WHERE NOT EXISTS (SELECT FROM contacts c WHERE c.customer_id = l.customer_id AND c.erased)
ON CONFLICT (interaction_id) DO UPDATE SET ended = excluded.ended, ended_version = excluded.ended_version
 WHERE p.ended_version < excluded.ended_version
