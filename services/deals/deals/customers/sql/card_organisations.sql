-- Organisations that these customers act for: those of today before former ones ($2 is the day).
SELECT o.organisation_id, o.name, o.full_name, o.requisites, p.customer_id, p.role
  FROM organisation_persons p JOIN organisations o USING (organisation_id)
 WHERE p.customer_id = ANY($1::uuid[]) AND p.is_attached
 ORDER BY coalesce(p.until < $2::date, false), p.is_primary DESC, p.since DESC NULLS LAST, o.organisation_id
