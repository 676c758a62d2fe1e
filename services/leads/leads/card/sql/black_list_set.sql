INSERT INTO black_list (customer_id, listed, decided_at)
SELECT g.customer_id, g.listed, $3 FROM unnest($1::uuid[], $2::boolean[]) AS g(customer_id, listed) ORDER BY 1
ON CONFLICT (customer_id) DO UPDATE SET listed = excluded.listed, decided_at = excluded.decided_at
