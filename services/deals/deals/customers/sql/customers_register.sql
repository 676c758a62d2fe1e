INSERT INTO customers AS c (customer_id, direction)
SELECT * FROM unnest($1::uuid[], $2::text[])
ON CONFLICT (customer_id) DO UPDATE SET direction = coalesce(c.direction, excluded.direction)
