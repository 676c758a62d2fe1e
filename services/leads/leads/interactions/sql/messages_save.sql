INSERT INTO interactions (id, version, kind, flow, state, intake, source, customer_id, manager_id, lead_id, direction,
                          touch_id, at)
SELECT g.id, 1, g.kind, 'in', 'registered', g.intake, g.source, g.customer_id, g.manager_id, g.lead_id, g.direction,
       g.touch_id, g.at
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::uuid[], $8::text[], $9::uuid[],
              $10::timestamptz[])
       AS g(id, kind, intake, source, customer_id, manager_id, lead_id, direction, touch_id, at)
 ORDER BY g.id
