-- An extension belongs to one manager: the newest word holds.
INSERT INTO phone_extensions (source, extension, manager_id)
SELECT DISTINCT g.source, g.extension, $3 FROM unnest($1::text[], $2::text[]) AS g(source, extension)
ON CONFLICT (source, extension) DO UPDATE SET manager_id = excluded.manager_id
