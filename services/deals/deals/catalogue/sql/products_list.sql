-- A page of products, newest first: archived or not ($1), of a kind ($2), of an id in the ERP ($3), of a code ($4), with
-- words in title or code that begin so ($8: letters and digits in lower case, ё as е).
SELECT * FROM products
 WHERE ($1::bool IS NULL OR archived = $1) AND ($2::text IS NULL OR kind = $2) AND ($3::text IS NULL OR external_id = $3)
   AND ($4::text IS NULL OR code = $4)
   AND ($8::text[] IS NULL OR NOT EXISTS (
         SELECT FROM unnest($8) AS word WHERE translate(lower(title || ' ' || code), 'ё', 'е') !~ ('\m' || word)))
   AND ($5::timestamptz IS NULL OR (registered_at, product_id) < ($5, $6::uuid))
 ORDER BY registered_at DESC, product_id DESC
 LIMIT $7
