SELECT id, version, direction, name, phones, emails, messengers, registered_at
  FROM customers WHERE id = ANY($1::uuid[])
