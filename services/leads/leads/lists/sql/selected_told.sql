-- Keeps the roots of those selected who are not erased for the request ${0}, in parts of ${1}.
INSERT INTO lists_told (request_id, part, customer_id)
SELECT ${0}::uuid, (row_number() OVER (ORDER BY id) - 1) / ${1}::integer + 1, id
  FROM selected s WHERE EXISTS (SELECT FROM keyring k WHERE k.customer_id = s.id)
