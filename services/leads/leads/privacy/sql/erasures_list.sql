-- Erasures, newest first; only of this customer ($1) if one is given.
SELECT id, customer_ids, ground, reason, actor, erased_at, requests, searched_at
  FROM erasures
 WHERE ($1::uuid IS NULL OR customer_ids @> ARRAY[$1::uuid]) AND ($2::uuid IS NULL OR id < $2)
 ORDER BY id DESC LIMIT $3
