INSERT INTO contact_cadence AS c (customer_id, segment, segment_version)
SELECT n.* FROM unnest($1::uuid[], $2::text[], $3::integer[]) AS n(customer_id, segment, version)
 WHERE NOT EXISTS (SELECT FROM contacts k WHERE k.customer_id = n.customer_id AND k.erased)
ON CONFLICT (customer_id) DO UPDATE
   SET segment = excluded.segment, segment_version = excluded.segment_version, looks_at = now()
 WHERE c.segment_version < excluded.segment_version
