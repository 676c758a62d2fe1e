-- Entries of a list ($1) for these products and days, as they stand.
SELECT product_id, valid_from, price FROM prices
 WHERE price_list_id = $1 AND (product_id, valid_from) IN (SELECT * FROM unnest($2::uuid[], $3::date[]))
