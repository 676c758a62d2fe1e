INSERT INTO contact_cadence AS c (customer_id, days, latest_days, paused, exception_version)
SELECT n.* FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::boolean[], $5::integer[])
       AS n(customer_id, days, latest_days, paused, version)
 WHERE NOT EXISTS (SELECT FROM contacts k WHERE k.customer_id = n.customer_id AND k.erased)
ON CONFLICT (customer_id) DO UPDATE
   SET days = excluded.days, latest_days = excluded.latest_days, paused = excluded.paused,
       exception_version = excluded.exception_version, looks_at = now()
 WHERE c.exception_version < excluded.exception_version
