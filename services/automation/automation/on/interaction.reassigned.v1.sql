, latest AS (
  SELECT DISTINCT ON (stream_id) (data->>'interaction_id')::uuid AS interaction_id,
         (data->>'customer_id')::uuid AS customer_id, data->>'manager_id' AS manager_id, version
    FROM batch ORDER BY stream_id, version DESC
)
INSERT INTO planned_contacts AS p (interaction_id, manager_id, manager_version)
SELECT interaction_id, manager_id, version FROM latest l
 WHERE NOT EXISTS (SELECT FROM contacts c WHERE c.customer_id = l.customer_id AND c.erased)
ON CONFLICT (interaction_id) DO UPDATE SET manager_id = excluded.manager_id, manager_version = excluded.manager_version
 WHERE p.manager_version < excluded.manager_version
