, preferred AS (
  SELECT (data->>'customer_id')::uuid AS customer_id,
         jsonb_object_agg(data->>'kind', data->>'value' ORDER BY version) AS by_kind
    FROM batch GROUP BY 1
)
UPDATE contacts c SET preferred = c.preferred || p.by_kind
  FROM preferred p WHERE c.customer_id = p.customer_id AND NOT c.erased
