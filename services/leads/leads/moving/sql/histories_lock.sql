SELECT id, version, as_of, digest FROM deal_histories WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE
