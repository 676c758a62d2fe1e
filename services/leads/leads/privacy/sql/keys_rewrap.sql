UPDATE keyring k SET wrapped_key = g.wrapped_key
  FROM unnest($1::uuid[], $2::bytea[]) AS g(customer_id, wrapped_key) WHERE k.customer_id = g.customer_id
