UPDATE rule_matches m SET verdict = s.verdict
  FROM unnest($1::text[], $2::uuid[], $3::text[]) AS s(rule, event_id, verdict)
 WHERE m.rule = s.rule AND m.event_id = s.event_id AND m.verdict IS NULL
