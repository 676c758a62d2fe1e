-- The cards by which these customers are written to, each once; most were never merged.
SELECT DISTINCT CASE
         WHEN EXISTS (SELECT FROM merged_cards m WHERE m.customer_id = c.id)
              OR EXISTS (SELECT FROM merged_cards m WHERE m.into_customer_id = c.id) THEN written_to(c.id)
         ELSE c.id
       END AS customer_id
  FROM unnest($1::uuid[]) AS c(id)
