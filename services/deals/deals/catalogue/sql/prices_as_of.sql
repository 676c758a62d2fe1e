-- A page of what products cost by a list ($1) on a day ($2), by code, after a code ($3), of one product ($4) or all.
SELECT p.product_id, p.code, p.title, p.unit, p.tax_rate, c.price, c.valid_from
  FROM products p
  JOIN LATERAL (SELECT price, valid_from FROM prices
                 WHERE price_list_id = $1 AND product_id = p.product_id AND valid_from <= $2
                 ORDER BY valid_from DESC LIMIT 1) c ON c.price IS NOT NULL
 WHERE NOT p.archived AND ($3::text IS NULL OR p.code > $3) AND ($4::text IS NULL OR p.code = $4)
 ORDER BY p.code
 LIMIT $5
