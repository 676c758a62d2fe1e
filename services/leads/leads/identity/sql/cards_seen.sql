SELECT id FROM customers WHERE id = ANY($1::uuid[]) AND card_is_seen(root_of(id), $2::text[])
