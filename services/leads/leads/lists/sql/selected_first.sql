SELECT id, registered_at, count(*) OVER () AS found FROM selected ORDER BY registered_at DESC, id DESC LIMIT ${}::integer
