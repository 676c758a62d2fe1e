-- Which of these ids in the ERP ($1) other products have than those that ask ($2).
SELECT g.external_id
  FROM unnest($1::text[], $2::uuid[]) AS g(external_id, product_id) JOIN products p USING (external_id)
 WHERE p.product_id <> g.product_id
