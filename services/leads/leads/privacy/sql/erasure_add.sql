INSERT INTO erasures (id, customer_ids, ground, reason, actor, erased_at, contacts)
VALUES ($1, $2, $3, $4, $5, $6, $7)
