-- Who was shown what, one row for each answer; customers as 32 hex digits each, joined by commas.
INSERT INTO disclosures (id, kind, actor, actor_id, route, objects, customers, shown, correlation_id, reason)
SELECT u.id, u.kind, u.actor, u.actor_id, u.route, string_to_array(u.objects, ',')::uuid[],
       string_to_array(u.customers, ',')::uuid[], u.shown, u.correlation_id, u.reason
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::integer[],
              $9::uuid[], $10::text[])
       AS u(id, kind, actor, actor_id, route, objects, customers, shown, correlation_id, reason)
