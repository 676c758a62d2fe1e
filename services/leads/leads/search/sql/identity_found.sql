SELECT root_of(customer_id) AS id, 1 AS rank FROM identities WHERE blind_index = ANY(in_form($1::text[]::uuid[]))
