INSERT INTO notes (id, customer_id, direction, at)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[]) AS g(id, customer_id, direction, at)
 ORDER BY g.id
ON CONFLICT (id) DO NOTHING RETURNING id
