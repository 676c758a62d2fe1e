-- $7 segment (NULL: all), $8 after this place, $9 lines of business the reader sees (NULL: all), $10 at most so many.
SELECT s.* FROM segmented s LEFT JOIN :schema.customers c USING (customer_id)
 WHERE ($7::text IS NULL OR s.segment = $7) AND s.place > $8::bigint
   AND ($9::text[] IS NULL OR c.direction IS NULL OR c.direction = ANY ($9))
 ORDER BY s.place
 LIMIT $10::bigint
