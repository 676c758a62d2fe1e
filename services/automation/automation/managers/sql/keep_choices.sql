INSERT INTO manager_choices (choice_id, manager_id, task_id, chosen_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::timestamptz[])
ON CONFLICT DO NOTHING
