INSERT INTO rule_matches (rule, customer_id, event_id, version, recorded_at)
SELECT m.rule, m.customer_id, m.event_id, m.version, m.recorded_at
  FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::int[], $5::timestamptz[])
       AS m(rule, customer_id, event_id, version, recorded_at)
 WHERE NOT EXISTS (SELECT FROM contacts c WHERE c.customer_id = m.customer_id AND c.erased)
ON CONFLICT DO NOTHING
