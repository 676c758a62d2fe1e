INSERT INTO allocations (payment_id, invoice_id, allocated, refunded)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::numeric[], $4::numeric[])
ON CONFLICT (payment_id, invoice_id) DO UPDATE SET allocated = excluded.allocated, refunded = excluded.refunded
