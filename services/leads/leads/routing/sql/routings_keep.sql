INSERT INTO routings (trigger_id, lead_id, decided_at, rules_version, outcome, manager_id, explanation, due_at, steps)
SELECT g.trigger_id, g.lead_id, $1, $2, g.outcome, g.manager_id, g.explanation, g.due_at, g.steps
  FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::json[])
       AS g(trigger_id, lead_id, outcome, manager_id, explanation, due_at, steps)
