-- The cards by which these customers are written to, each once.
SELECT DISTINCT written_to(c.id) AS customer_id FROM unnest($1::uuid[]) AS c(id)
