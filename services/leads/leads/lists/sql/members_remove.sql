DELETE FROM list_members WHERE list_id = $1 AND customer_id = ANY($2::uuid[])
