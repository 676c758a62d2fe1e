-- Products on the lines of deals, by code.
SELECT d.deal_id, coalesce(p.code, l.product_id::text) AS product
  FROM :schema.deals d
  JOIN :schema.deal_lines l ON l.deal_id = d.deal_id AND l.version = d.lines_version
  LEFT JOIN :schema.products p USING (product_id)
 WHERE l.product_id IS NOT NULL
