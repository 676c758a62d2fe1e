WITH given AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS g(organisation_id, customer_id, role)
), attached AS (
  INSERT INTO organisation_persons (organisation_id, customer_id, role, is_primary)
  SELECT organisation_id, customer_id, role, false FROM given ORDER BY 1, 2
)
UPDATE company_members m SET attached = true
  FROM given g WHERE m.organisation_id = g.organisation_id AND m.customer_id = g.customer_id
