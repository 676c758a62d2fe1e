-- Whom another CRM names as acting for these organisations, and who was never attached to them. A person who was detached
-- by hand is attached no more.
SELECT m.organisation_id, m.customer_id, m.role, m.since FROM company_members m
 WHERE m.organisation_id = ANY($1::uuid[]) AND NOT m.attached
 ORDER BY m.organisation_id, m.customer_id
