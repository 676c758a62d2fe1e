INSERT INTO work_stages (work_id, code, place, title, role, responsible_id, status, starts_on, due_on, started_on,
                         finished_on, is_overdue)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::date[],
                     $9::date[], $10::date[], $11::date[], $12::bool[]) AS g(work_id)
 ORDER BY g.work_id, 2
ON CONFLICT (work_id, code) DO UPDATE SET
  title = excluded.title, role = excluded.role, responsible_id = excluded.responsible_id, status = excluded.status,
  starts_on = excluded.starts_on, due_on = excluded.due_on, started_on = excluded.started_on,
  finished_on = excluded.finished_on, is_overdue = excluded.is_overdue
