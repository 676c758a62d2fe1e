INSERT INTO organisations (id, version, name, direction, manager_id, inn, kpp, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (id) DO UPDATE SET
  version = excluded.version, name = excluded.name, direction = excluded.direction, manager_id = excluded.manager_id,
  inn = excluded.inn, kpp = excluded.kpp
