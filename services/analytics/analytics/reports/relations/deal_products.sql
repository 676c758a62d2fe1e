-- Products on the lines of deals.
SELECT l.deal_id, l.product_id
  FROM (SELECT DISTINCT ON (h.deal_id) h.deal_id, h.version FROM :schema.deal_totals h
         WHERE :known(h) ORDER BY h.deal_id, h.version DESC) t
  JOIN :schema.deal_lines l USING (deal_id, version)
 WHERE l.product_id IS NOT NULL
