, latest AS (
  SELECT DISTINCT ON (1) (data->>'customer_id')::uuid AS customer_id, (data->>'into_customer_id')::uuid AS root, version
    FROM batch ORDER BY 1, version DESC
)
INSERT INTO merged_cards AS m (customer_id, into_customer_id, version)
SELECT customer_id, root, version FROM latest
ON CONFLICT (customer_id) DO UPDATE SET into_customer_id = excluded.into_customer_id, version = excluded.version
 WHERE m.version < excluded.version
