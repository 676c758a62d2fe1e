-- Contacts of other CRMs as they now stand here.
INSERT INTO interactions AS i (id, version, kind, flow, customer_id, manager_id, lead_id, direction, duration_seconds, intake,
                               source, state, at, held, result)
SELECT * FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::uuid[], $8::text[],
                     $9::integer[], $10::text[], $11::text[], $12::text[], $13::timestamptz[], $14::boolean[], $15::text[])
    AS g(id, version, kind, flow, customer_id, manager_id, lead_id, direction, duration_seconds, intake, source, state, at,
         held, result)
 ORDER BY g.id
ON CONFLICT (id) DO UPDATE SET version = excluded.version, state = excluded.state, at = excluded.at, held = excluded.held,
       result = excluded.result
