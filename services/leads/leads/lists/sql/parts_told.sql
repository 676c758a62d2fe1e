-- The next parts of the request $1 from $2 on, $3 of them, of how many; without those who were erased meanwhile.
WITH whole AS (SELECT coalesce(max(part), 1) AS parts FROM lists_told WHERE request_id = $1)
SELECT part, parts,
       ARRAY (SELECT customer_id FROM lists_told t
               WHERE t.request_id = $1 AND t.part = n.part
                 AND EXISTS (SELECT FROM keyring k WHERE k.customer_id = t.customer_id)
               ORDER BY 1) AS customer_ids
  FROM whole, generate_series($2::integer, least($2 + $3 - 1, parts)) AS n(part)
 ORDER BY part
