-- Products by their codes ($1), with what they cost on a day ($3) by a price list ($2; NULL: no prices).
SELECT p.product_id, p.code, p.title, p.unit, p.tax_rate, p.cost, p.cost_currency,
       CASE WHEN NOT p.archived THEN c.price END AS price
  FROM products p
  LEFT JOIN LATERAL (SELECT price FROM prices
                      WHERE price_list_id = $2 AND product_id = p.product_id AND valid_from <= $3
                      ORDER BY valid_from DESC LIMIT 1) c ON true
 WHERE p.code = ANY($1::text[])
