UPDATE leads l
   SET version = g.version, status = g.status, temperature = g.temperature, category = g.category, reason = g.reason,
       manager_id = g.manager_id
  FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
       AS g(id, version, status, temperature, category, reason, manager_id)
 WHERE l.id = g.id
