-- $7 segment (NULL: all), $8 after this place, $9 lines of business the reader sees (NULL: all), $10 at most so many. Places
-- are among those whom the reader sees: a gap would tell of others.
SELECT *
  FROM (SELECT s.customer_id, s.segment, s.revenue, s.paid_at, s.total, s.ahead, row_number() OVER (ORDER BY s.place) AS place
          FROM segmented s LEFT JOIN :schema.customers c USING (customer_id)
         WHERE $9::text[] IS NULL OR c.direction IS NULL OR c.direction = ANY ($9)) seen
 WHERE ($7::text IS NULL OR segment = $7) AND place > $8::bigint
 ORDER BY place
 LIMIT $10::bigint
