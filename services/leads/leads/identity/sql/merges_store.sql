-- Links cards ($1, at version $2 from now on) to others ($3), and keeps who did it and why.
WITH merged AS (
  INSERT INTO merges (customer_id, version, into_customer_id, reason, matched_by, explanation, why, actor)
  SELECT g.id, g.version, g.into_id, g.reason, string_to_array(g.matched_by, ' '), g.explanation, g.why, $8
    FROM unnest($1::uuid[], $2::integer[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[])
         AS g(id, version, into_id, reason, matched_by, explanation, why)
  RETURNING customer_id, version, into_customer_id
)
UPDATE customers c SET merged_into = m.into_customer_id, version = m.version FROM merged m WHERE c.id = m.customer_id
