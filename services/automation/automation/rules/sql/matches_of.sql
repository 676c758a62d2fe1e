SELECT m.rule, m.customer_id, m.event_id, m.recorded_at, m.verdict
  FROM unnest($1::text[], $2::uuid[]) AS asked(rule, customer_id)
  JOIN rule_matches m USING (rule, customer_id)
 ORDER BY m.rule, m.customer_id, m.recorded_at, m.event_id
