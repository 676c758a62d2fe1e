-- The blind indexes of all that these customers ($1) are known by, which from now on nobody is known by.
WITH known AS (
  DELETE FROM identities WHERE customer_id = ANY($1::uuid[]) RETURNING blind_index
), numbers AS (
  SELECT phone_index FROM interactions WHERE customer_id = ANY($1) AND phone_index IS NOT NULL
  UNION
  SELECT phone_index FROM call_commands WHERE customer_id = ANY($1) AND phone_index IS NOT NULL
)
SELECT blind_index FROM known UNION SELECT phone_index FROM numbers
