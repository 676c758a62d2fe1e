-- Work as its stream now stands. A row that is newer stays.
INSERT INTO works AS w (work_id, version, deal_id, customer_id, direction, manager_id, template, state, opened_at,
                        edits_to_make, accepted_on, completed_on, guarantee_until, guarantee_ended)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
                     $9::timestamptz[], $10::int[], $11::date[], $12::date[], $13::date[], $14::bool[]) AS g(work_id)
 ORDER BY g.work_id
ON CONFLICT (work_id) DO UPDATE SET
  version = excluded.version, state = excluded.state, edits_to_make = excluded.edits_to_make,
  accepted_on = excluded.accepted_on, completed_on = excluded.completed_on,
  guarantee_until = excluded.guarantee_until, guarantee_ended = excluded.guarantee_ended
 WHERE w.version < excluded.version
