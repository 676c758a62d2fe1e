INSERT INTO company_members (organisation_id, customer_id, role, since)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[]) AS g(organisation_id, customer_id, role, since)
 ORDER BY organisation_id, customer_id
ON CONFLICT DO NOTHING
