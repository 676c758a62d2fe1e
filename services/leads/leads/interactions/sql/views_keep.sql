INSERT INTO anonymous_views (id, visitor_id, source, at, view)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::json[])
ON CONFLICT (id) DO NOTHING
