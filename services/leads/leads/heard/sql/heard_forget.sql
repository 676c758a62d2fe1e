-- Nothing that was heard of these customers ($1) stays.
WITH deals AS (
  DELETE FROM customer_deals WHERE customer_id = ANY($1::uuid[])
)
DELETE FROM heard WHERE customer_id = ANY($1::uuid[])
