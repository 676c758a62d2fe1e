INSERT INTO facts (subject, subject_id, name, event_id, version, recorded_at, value)
SELECT f.subject, f.subject_id, f.name, f.event_id, f.version, f.recorded_at, f.value
  FROM unnest($1::text[], $2::uuid[], $3::text[], $4::uuid[], $5::int[], $6::timestamptz[], $7::jsonb[])
       AS f(subject, subject_id, name, event_id, version, recorded_at, value)
 WHERE f.subject <> 'customer' OR NOT EXISTS (SELECT FROM contacts c WHERE c.customer_id = f.subject_id AND c.erased)
 ORDER BY f.subject_id, f.name
ON CONFLICT DO NOTHING
