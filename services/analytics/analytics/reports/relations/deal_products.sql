-- Products on the lines of deals, by code.
SELECT l.deal_id, coalesce(p.code, l.product_id::text) AS product
  FROM (SELECT DISTINCT ON (h.deal_id) h.deal_id, h.version FROM :schema.deal_totals h
         WHERE :known(h) ORDER BY h.deal_id, h.version DESC) t
  JOIN :schema.deal_lines l USING (deal_id, version)
  LEFT JOIN :schema.products p USING (product_id)
 WHERE l.product_id IS NOT NULL
