-- Who was in contact with customers ($1: all members of a card), in the lines of business $2 (NULL: all).
SELECT manager_id, count(*) AS contacts, max(at) AS last_at
  FROM interactions
 WHERE customer_id = ANY($1::uuid[]) AND manager_id IS NOT NULL AND state IN ('registered', 'concluded')
   AND ($2::text[] IS NULL OR direction IS NULL OR direction = ANY($2))
 GROUP BY manager_id ORDER BY last_at DESC, manager_id
