SELECT asked.n, m.rule, m.event_id, m.recorded_at, m.verdict
  FROM unnest($1::int[], $2::text[], $3::uuid[]) AS asked(n, rule, customer_id)
  JOIN rule_matches m USING (rule, customer_id)
 ORDER BY asked.n, m.recorded_at, m.event_id
