INSERT INTO organisations AS o (organisation_id, version, name, full_name, requisites)
SELECT * FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::json[])
ON CONFLICT (organisation_id) DO UPDATE SET
  version = excluded.version, name = excluded.name, full_name = excluded.full_name, requisites = excluded.requisites
 WHERE o.version < excluded.version
