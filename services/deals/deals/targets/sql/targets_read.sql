-- Targets as they stand; without an amount they do not hold.
SELECT t.target_id, t.version, v.amount
  FROM targets t JOIN target_values v USING (target_id, version)
 WHERE t.target_id = ANY($1::uuid[])
