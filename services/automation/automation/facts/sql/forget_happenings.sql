DELETE FROM happenings WHERE customer_id = ANY($1::uuid[])
