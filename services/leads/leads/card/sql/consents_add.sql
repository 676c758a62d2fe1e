INSERT INTO consents (customer_id, purpose, channel, at, given)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::boolean[]) ORDER BY 1, 2, 3, 4, 5
ON CONFLICT DO NOTHING
