, latest AS (
  SELECT DISTINCT ON (stream_id) (data->>'interaction_id')::uuid AS interaction_id, data->>'kind' AS kind,
         (data->>'customer_id')::uuid AS customer_id, (data->>'lead_id')::uuid AS lead_id,
         (data->>'deal_id')::uuid AS deal_id, version, (data->>'planned_at')::timestamptz AS planned_at,
         data->>'manager_id' AS manager_id
    FROM batch ORDER BY stream_id, version DESC
)
INSERT INTO planned_contacts AS p (interaction_id, kind, customer_id, lead_id, deal_id, version, planned_at, time_version,
                                   manager_id, manager_version)
SELECT interaction_id, kind, customer_id, lead_id, deal_id, version, planned_at, version, manager_id, version
  FROM latest l
 WHERE NOT EXISTS (SELECT FROM contacts c WHERE c.customer_id = l.customer_id AND c.erased)
ON CONFLICT (interaction_id) DO UPDATE
   SET kind = excluded.kind, customer_id = excluded.customer_id, lead_id = excluded.lead_id, deal_id = excluded.deal_id,
       version = excluded.version,
       planned_at = CASE WHEN p.time_version < excluded.time_version THEN excluded.planned_at ELSE p.planned_at END,
       time_version = greatest(p.time_version, excluded.time_version),
       manager_id = CASE WHEN p.manager_version < excluded.manager_version THEN excluded.manager_id ELSE p.manager_id END,
       manager_version = greatest(p.manager_version, excluded.manager_version)
 WHERE p.version < excluded.version
