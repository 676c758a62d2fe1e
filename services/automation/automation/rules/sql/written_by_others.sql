-- When messages to these customers ($1) counted for their cap, but for those of a rule ($2).
SELECT t.customer_id, array_agg(t.tried_at ORDER BY t.tried_at) AS times
  FROM message_tries t LEFT JOIN messages m USING (message_id)
 WHERE t.customer_id = ANY($1::uuid[]) AND m.cause->>'rule' IS DISTINCT FROM $2
 GROUP BY t.customer_id
