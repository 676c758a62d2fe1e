INSERT INTO webhook_directions AS d (subject_id, direction, version)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[])
ON CONFLICT (subject_id) DO UPDATE SET direction = excluded.direction, version = excluded.version
 WHERE d.version < excluded.version
