INSERT INTO interactions (id, version, kind, state, flow, intake, source, customer_id, manager_id, lead_id, direction, at,
                          duration_seconds, call, phone_index, command_id, callback)
SELECT g.id, g.version, 'call', 'registered', g.flow, g.intake, g.source, g.customer_id, g.manager_id, g.lead_id,
       g.direction, g.at, g.duration_seconds, g.call, g.phone_index, g.command_id, g.callback
  FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::uuid[], $9::text[],
              $10::timestamptz[], $11::integer[], $12::json[], in_form($13::uuid[]), $14::uuid[], $15::text[])
       AS g(id, version, flow, intake, source, customer_id, manager_id, lead_id, direction, at, duration_seconds, call,
            phone_index, command_id, callback)
 ORDER BY g.id
ON CONFLICT (id) DO UPDATE SET
  version = excluded.version, flow = excluded.flow, customer_id = excluded.customer_id, manager_id = excluded.manager_id,
  lead_id = excluded.lead_id, direction = excluded.direction, at = excluded.at,
  duration_seconds = excluded.duration_seconds, call = excluded.call, phone_index = excluded.phone_index,
  command_id = excluded.command_id, callback = excluded.callback
