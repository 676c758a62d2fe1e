DELETE FROM signs WHERE customer_id = ANY($1::uuid[])
