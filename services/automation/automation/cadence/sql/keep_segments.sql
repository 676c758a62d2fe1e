INSERT INTO contact_cadence AS c (customer_id, segment, segment_version)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::integer[])
ON CONFLICT (customer_id) DO UPDATE
   SET segment = excluded.segment, segment_version = excluded.segment_version, looks_at = now()
 WHERE c.segment_version < excluded.segment_version
