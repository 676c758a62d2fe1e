-- Forgets what was kept of erased customers; that cards were merged says nothing about a person and stays.
WITH noted AS (
  INSERT INTO erased_customers SELECT * FROM unnest($1::uuid[], $2::timestamptz[]) ON CONFLICT DO NOTHING
), details AS (
  DELETE FROM customer_details WHERE customer_id = ANY($1)
), contacts AS (
  DELETE FROM customer_contacts WHERE customer_id = ANY($1)
)
DELETE FROM organisation_persons WHERE customer_id = ANY($1)
