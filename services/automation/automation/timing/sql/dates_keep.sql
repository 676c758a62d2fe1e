-- Dates as they stand now; what a later event said is left as it is. Where nothing was a date, nothing is
-- kept; nor is anything of customers who were erased.
INSERT INTO dates AS d (subject_id, field, customer_id, day, recorded_at, version, month_day)
SELECT n.subject_id, n.field, n.customer_id, n.day, n.recorded_at, n.version, to_char(n.day, 'MM-DD')
  FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::date[], $5::timestamptz[], $6::integer[])
       AS n(subject_id, field, customer_id, day, recorded_at, version)
 WHERE (n.day IS NOT NULL OR EXISTS (SELECT FROM dates k WHERE (k.subject_id, k.field) = (n.subject_id, n.field)))
   AND NOT EXISTS (SELECT FROM contacts c WHERE c.customer_id = n.customer_id AND c.erased)
 ORDER BY n.subject_id, n.field
ON CONFLICT (subject_id, field) DO UPDATE
   SET day = excluded.day, month_day = excluded.month_day, recorded_at = excluded.recorded_at, version = excluded.version
 WHERE (d.recorded_at, d.version) < (excluded.recorded_at, excluded.version)
