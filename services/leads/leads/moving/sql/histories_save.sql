-- Two processes that tell of a new deal at once meet at its stream: one of them decides again.
INSERT INTO deal_histories (id, version, as_of, digest)
SELECT * FROM unnest($1::uuid[], $2::integer[], $3::timestamptz[], $4::text[]) AS g(id, version, as_of, digest)
 ORDER BY id
ON CONFLICT (id) DO UPDATE SET version = excluded.version, as_of = excluded.as_of, digest = excluded.digest
