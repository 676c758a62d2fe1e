-- The cards that these contacts belong to, by blind index.
SELECT blind_index, root_of(customer_id) AS root FROM identities WHERE blind_index = ANY(in_form($1::text[]::uuid[]))
