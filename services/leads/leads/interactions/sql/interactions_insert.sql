INSERT INTO interactions (id, version, kind, flow, customer_id, organisation_id, manager_id, lead_id, deal_id, direction,
                          duration_seconds, intake, source, state, at)
SELECT g.id, 1, g.kind, g.flow, g.customer_id, g.organisation_id, g.manager_id, g.lead_id, g.deal_id, g.direction,
       g.duration_seconds, 'api', g.source, g.state, g.at
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::uuid[], $8::uuid[], $9::text[],
              $10::integer[], $11::text[], $12::text[], $13::timestamptz[])
       AS g(id, kind, flow, customer_id, organisation_id, manager_id, lead_id, deal_id, direction, duration_seconds, source,
            state, at)
 ORDER BY g.id
ON CONFLICT (id) DO NOTHING RETURNING id
