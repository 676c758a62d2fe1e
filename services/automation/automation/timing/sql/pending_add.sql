-- Whom pending firings are about. One whose task is there already is left as it is.
INSERT INTO pending_firings (firing_id, rule, rule_version, action, event_id, customer_id, deal_id, lead_id, follows_id)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::text[], $5::uuid[], $6::uuid[], $7::uuid[], $8::uuid[],
                     $9::uuid[])
ON CONFLICT (firing_id) DO NOTHING
