-- Stored notifications that hold something and are not settled, not asked since $1: whether a customer's payment came of
-- them, whether that customer, or one they name, is erased, and whether one is whose name alone stands in them.
SELECT i.id, i.received_at, i.state, i.url, i.headers, i.body, coalesce(i.corrected_body, '') AS corrected_body,
       EXISTS (SELECT FROM payments p WHERE p.payment_id = ANY(i.subject_ids) AND p.customer_id IS NOT NULL) AS is_claimed,
       EXISTS (SELECT FROM erased_customers e
                WHERE e.customer_id = ANY(i.subject_ids)
                   OR e.customer_id IN (SELECT p.customer_id FROM payments p WHERE p.payment_id = ANY(i.subject_ids)))
         AS is_erased,
       EXISTS (SELECT FROM notification_namesakes s JOIN erased_customers e USING (customer_id) WHERE s.request_id = i.id)
         AS is_alike_erased
  FROM intake i LEFT JOIN notification_owners n ON n.request_id = i.id
 WHERE i.erased_at IS NULL AND i.state <> 'pending' AND i.body <> '' AND (n.asked_at IS NULL OR n.asked_at < $1)
   AND (NOT coalesce(n.settled, false) OR EXISTS (SELECT FROM payments p JOIN erased_customers e USING (customer_id)
                                                   WHERE p.payment_id = ANY(i.subject_ids)))
 ORDER BY i.id LIMIT $2
