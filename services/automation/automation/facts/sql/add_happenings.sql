INSERT INTO happenings (event_id, customer_id, deal_id, type, shard, position, recorded_at, rule)
SELECT h.event_id, h.customer_id, h.deal_id, h.type, h.shard, h.position, h.recorded_at, h.rule
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::smallint[], $6::bigint[], $7::timestamptz[], $8::text[])
       AS h(event_id, customer_id, deal_id, type, shard, position, recorded_at, rule)
 WHERE NOT EXISTS (SELECT FROM contacts c WHERE c.customer_id = h.customer_id AND c.erased)
ON CONFLICT DO NOTHING
