INSERT INTO list_members (list_id, customer_id, added_at)
SELECT $1, g.id, $3 FROM unnest($2::uuid[]) AS g(id) ORDER BY g.id
ON CONFLICT DO NOTHING
