-- What the tables have of erased customers ($1): nothing that they said but for their refusals, which say no more of them
-- than that they are not to be written to.
WITH tags AS (
  DELETE FROM card_tags WHERE card = ANY($1::uuid[])
), fields AS (
  DELETE FROM card_values WHERE card = ANY($1)
), listed AS (
  DELETE FROM black_list WHERE customer_id = ANY($1)
), agreed AS (
  DELETE FROM consents WHERE customer_id = ANY($1) AND given
)
UPDATE customers SET name = NULL, phones = '{}', emails = '{}', messengers = '{}', manager_id = NULL, segment = NULL
 WHERE id = ANY($1)
