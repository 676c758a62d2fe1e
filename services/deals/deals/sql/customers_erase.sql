-- Forgets what was kept of erased customers: what is known of their leads, and the notifications of their payments.
WITH given AS (
  SELECT * FROM unnest($1::uuid[], $2::timestamptz[]) AS g(customer_id, erased_at)
), noted AS (
  INSERT INTO erased_customers SELECT * FROM given ON CONFLICT DO NOTHING
), forgotten AS (
  DELETE FROM leads WHERE customer_id IN (SELECT customer_id FROM given)
)
UPDATE intake SET body = '', corrected_body = NULL, headers = '[]', url = ''
 WHERE subject_ids && $1
