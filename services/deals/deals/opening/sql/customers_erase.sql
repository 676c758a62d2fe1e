-- Forgets what was kept of erased customers: what is known of their leads, the notifications of their payments (a
-- notification's subject is its payment), and those of nobody's payment with their full names, unless they wait for people.
WITH given AS (
  SELECT * FROM unnest($1::uuid[], $2::timestamptz[]) AS g(customer_id, erased_at)
), noted AS (
  INSERT INTO erased_customers SELECT * FROM given ON CONFLICT DO NOTHING
), forgotten AS (
  DELETE FROM leads WHERE customer_id IN (SELECT customer_id FROM given)
)
UPDATE intake SET body = '', corrected_body = NULL, headers = '[]', url = ''
 WHERE subject_ids && ARRAY(SELECT p.payment_id FROM payments p JOIN deals d USING (deal_id)
                             WHERE d.customer_id IN (SELECT customer_id FROM given))
    OR (id = ANY(ARRAY(SELECT request_id FROM notification_namesakes WHERE customer_id IN (SELECT customer_id FROM given)))
        AND state NOT IN ('pending', 'quarantined')
        AND NOT EXISTS (SELECT FROM payments p WHERE p.payment_id = ANY(subject_ids) AND p.customer_id IS NOT NULL))
