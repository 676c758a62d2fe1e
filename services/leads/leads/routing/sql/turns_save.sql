INSERT INTO rule_turns (rule, manager_id, started, finished)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
ON CONFLICT (rule, manager_id) DO UPDATE SET started = excluded.started, finished = excluded.finished
