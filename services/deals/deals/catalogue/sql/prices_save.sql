WITH counted AS (
  UPDATE price_lists SET version = $2 WHERE price_list_id = $1
)
INSERT INTO prices (price_list_id, product_id, valid_from, price)
SELECT $1, g.* FROM unnest($3::uuid[], $4::date[], $5::numeric[]) AS g
ON CONFLICT (price_list_id, product_id, valid_from) DO UPDATE SET price = excluded.price
