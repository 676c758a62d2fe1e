-- When customers $1 were talked to, or became known; the latest counts, and brings the customer up again.
INSERT INTO contact_cadence AS c (customer_id, last_contact_at)
SELECT n.customer_id, n.at FROM unnest($1::uuid[], $2::timestamptz[]) AS n(customer_id, at)
 WHERE NOT EXISTS (SELECT FROM contacts k WHERE k.customer_id = n.customer_id AND k.erased)
ON CONFLICT (customer_id) DO UPDATE SET last_contact_at = excluded.last_contact_at, looks_at = now()
 WHERE c.last_contact_at IS NULL OR c.last_contact_at < excluded.last_contact_at
