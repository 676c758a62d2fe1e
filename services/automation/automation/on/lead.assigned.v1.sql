, latest AS (
  SELECT DISTINCT ON (stream_id) (data->>'lead_id')::uuid AS lead_id, (data->>'customer_id')::uuid AS customer_id,
         data->>'manager_id' AS manager_id, version
    FROM batch ORDER BY stream_id, version DESC
)
INSERT INTO lead_responsible AS r (lead_id, customer_id, manager_id, version)
SELECT lead_id, customer_id, manager_id, version FROM latest ORDER BY lead_id
ON CONFLICT (lead_id) DO UPDATE
   SET customer_id = excluded.customer_id, manager_id = excluded.manager_id, version = excluded.version
 WHERE r.version < excluded.version
