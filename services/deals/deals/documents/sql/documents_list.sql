-- A page of documents, newest first. $1 customers, $2 deal, $3 kind, $4 number, $5 state; $6 the classes the reader sees,
-- $7 his lines of business (NULL: all), $8 and $9 the last of the page before, $10 the size.
SELECT d.*, coalesce(b.direction, c.direction) AS direction, e.customer_id IS NOT NULL AS is_erased
  FROM documents d
  LEFT JOIN deals b ON b.deal_id = d.deal_id
  LEFT JOIN customers c ON c.customer_id = d.customer_id
  LEFT JOIN erased_customers e ON e.customer_id = d.customer_id
 WHERE ($1::uuid[] IS NULL OR d.customer_id = ANY($1)) AND ($2::uuid IS NULL OR d.deal_id = $2)
   AND ($3::text IS NULL OR d.kind = $3) AND ($4::text IS NULL OR d.number = $4)
   AND ($5::text IS NULL OR d.state = $5) AND d.confidentiality = ANY($6::text[])
   AND ($7::text[] IS NULL OR coalesce(b.direction, c.direction) IS NULL OR coalesce(b.direction, c.direction) = ANY($7))
   AND ($8::timestamptz IS NULL OR (d.created_at, d.document_id) < ($8, $9::uuid))
 ORDER BY d.created_at DESC, d.document_id DESC
 LIMIT $10
