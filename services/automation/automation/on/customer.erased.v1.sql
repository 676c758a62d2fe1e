INSERT INTO contacts (customer_id, erased) SELECT DISTINCT (data->>'customer_id')::uuid, true FROM batch
ON CONFLICT (customer_id) DO UPDATE
   SET name = NULL, emails = '{}', phones = '{}', messengers = '{}', preferred = '{}', erased = true
