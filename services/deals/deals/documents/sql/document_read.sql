-- A document with who may see it: the line of business of its deal, or of its customer.
SELECT d.*, coalesce(b.direction, c.direction) AS direction, e.customer_id IS NOT NULL AS is_erased
  FROM documents d
  LEFT JOIN deals b ON b.deal_id = d.deal_id
  LEFT JOIN customers c ON c.customer_id = d.customer_id
  LEFT JOIN erased_customers e ON e.customer_id = d.customer_id
 WHERE d.document_id = $1
