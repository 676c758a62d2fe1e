INSERT INTO suppressions (suppression_id, rule, rule_version, action, event_id, event_type, reason, customer_id, recorded_at)
SELECT s.suppression_id, s.rule, s.rule_version, s.action, s.event_id, s.event_type, s.reason,
       CASE WHEN NOT coalesce(c.erased, false) THEN s.customer_id END, s.recorded_at
  FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::uuid[], $9::timestamptz[])
       AS s(suppression_id, rule, rule_version, action, event_id, event_type, reason, customer_id, recorded_at)
  LEFT JOIN contacts c USING (customer_id)
ON CONFLICT DO NOTHING
