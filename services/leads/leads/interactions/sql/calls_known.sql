SELECT id, version, customer_id, lead_id, manager_id, direction, at, call, phone_index, callback
  FROM interactions WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE
