-- Products on the lines of deals, by code.
SELECT l.deal_id, coalesce(p.code, l.product_id::text) AS product
  FROM :schema.deal_totals t
  JOIN :schema.deal_lines l USING (deal_id, version)
  LEFT JOIN :schema.products p USING (product_id)
 WHERE l.product_id IS NOT NULL
   AND NOT EXISTS (SELECT FROM :schema.deal_totals n WHERE n.deal_id = t.deal_id AND n.version > t.version)
