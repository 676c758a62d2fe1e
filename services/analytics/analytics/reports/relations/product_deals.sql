-- Deals with the product asked for on their lines.
SELECT x.deal_id
  FROM (SELECT DISTINCT ON (h.deal_id) h.deal_id, h.version
          FROM :schema.deal_totals h WHERE :product IS NOT NULL AND :known(h) ORDER BY h.deal_id, h.version DESC) x
  JOIN :schema.deal_lines USING (deal_id, version)
  LEFT JOIN :schema.products p USING (product_id)
 WHERE product_id::text = :product OR p.code = :product
 GROUP BY 1
