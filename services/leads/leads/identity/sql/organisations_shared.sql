SELECT customer_id, organisation_id FROM organisation_persons WHERE customer_id = ANY($1::uuid[])
