INSERT INTO visitors AS v (id, customer_id, seen_at)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS g(id, customer_id, at) ORDER BY g.id
ON CONFLICT (id) DO UPDATE SET customer_id = excluded.customer_id
