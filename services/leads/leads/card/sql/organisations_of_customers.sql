SELECT p.customer_id, p.organisation_id, o.name, p.role, p.since, p.until, p.is_primary
  FROM organisation_persons p JOIN organisations o ON o.id = p.organisation_id
 WHERE p.customer_id = ANY($1::uuid[])
 ORDER BY p.until DESC NULLS FIRST, o.name, o.id
