, added AS (
  SELECT (b.data->>'customer_id')::uuid AS customer_id,
         (array_agg(b.data->>'name' ORDER BY b.version DESC) FILTER (WHERE b.data ? 'name'))[1] AS name,
         array_agg(e.address ORDER BY b.version, e.n) FILTER (WHERE e.address IS NOT NULL) AS emails
    FROM batch b
    LEFT JOIN LATERAL jsonb_array_elements_text(b.data->'emails') WITH ORDINALITY AS e(address, n) ON true
   GROUP BY 1
)
UPDATE contacts c SET name = coalesce(a.name, c.name), emails = c.emails || coalesce(a.emails, '{}')
  FROM added a WHERE c.customer_id = a.customer_id AND NOT c.erased
