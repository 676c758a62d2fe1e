-- How many were written: one that another process has registered or changed meanwhile is not.
WITH saved AS (
  INSERT INTO organisations AS o (id, version, name, direction, manager_id, created_at)
  SELECT g.id, g.version, g.name, g.direction, g.manager_id, g.created_at
    FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
         AS g(id, before, version, name, direction, manager_id, created_at)
   WHERE g.before = 0
   ORDER BY g.id
  ON CONFLICT DO NOTHING
  RETURNING o.id
), moved AS (
  UPDATE organisations o SET version = g.version
    FROM unnest($1::uuid[], $2::integer[], $3::integer[]) AS g(id, before, version)
   WHERE o.id = g.id AND g.before > 0 AND o.version = g.before
  RETURNING o.id
)
SELECT (SELECT count(*) FROM saved) + (SELECT count(*) FROM moved)
