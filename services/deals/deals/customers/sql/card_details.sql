SELECT customer_id, detail, value FROM customer_details
 WHERE customer_id = ANY($1::uuid[]) AND value IS NOT NULL
