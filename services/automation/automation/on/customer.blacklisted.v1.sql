, latest AS (
  SELECT (data->>'customer_id')::uuid AS customer_id, max(version) AS version FROM batch GROUP BY 1
)
UPDATE contacts c SET black_listed = true, black_list_version = l.version
  FROM latest l WHERE c.customer_id = l.customer_id AND c.black_list_version < l.version
