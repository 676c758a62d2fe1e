-- Products on the lines of deals.
SELECT d.deal_id, l.product_id
  FROM :schema.deals d
  JOIN :schema.deal_lines l ON l.deal_id = d.deal_id AND l.version = d.lines_version
 WHERE l.product_id IS NOT NULL
