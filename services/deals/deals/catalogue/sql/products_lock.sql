SELECT * FROM products WHERE product_id = ANY($1::uuid[]) ORDER BY product_id FOR UPDATE
