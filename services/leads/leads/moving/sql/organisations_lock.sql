SELECT o.id, o.version, o.name,
       ARRAY(SELECT p.customer_id FROM organisation_persons p WHERE p.organisation_id = o.id) AS persons
  FROM organisations o WHERE o.id = ANY($1::uuid[]) ORDER BY o.id FOR UPDATE
