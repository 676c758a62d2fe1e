-- Which kinds of contact each of these cards ($1) is known by.
SELECT customer_id, kind FROM identities WHERE customer_id = ANY($1::uuid[]) GROUP BY 1, 2
