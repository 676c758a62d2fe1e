-- Those of the views that were not sent before.
INSERT INTO views_taken (id, at) SELECT * FROM unnest($1::uuid[], $2::timestamptz[]) AS g(id, at) ORDER BY g.id
ON CONFLICT (id) DO NOTHING RETURNING id
