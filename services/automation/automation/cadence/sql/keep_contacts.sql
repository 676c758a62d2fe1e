-- When customers $1 were talked to, or became known; the latest counts, and brings the customer up again.
INSERT INTO contact_cadence AS c (customer_id, last_contact_at)
SELECT * FROM unnest($1::uuid[], $2::timestamptz[])
ON CONFLICT (customer_id) DO UPDATE SET last_contact_at = excluded.last_contact_at, looks_at = now()
 WHERE c.last_contact_at IS NULL OR c.last_contact_at < excluded.last_contact_at
