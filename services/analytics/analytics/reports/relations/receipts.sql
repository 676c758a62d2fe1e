-- Money received, and given back as negative amounts; paid_at is when what is given back had been received.
WITH matched AS (
  SELECT DISTINCT ON (h.payment_id) h.payment_id, h.deal_id
    FROM :schema.payment_matches h WHERE :known(h) ORDER BY h.payment_id, h.version DESC
)
SELECT p.payment_id::text AS receipt_id, m.deal_id, p.received_at AS at, p.received_at AS paid_at, p.amount, p.currency
  FROM :schema.payments p LEFT JOIN matched m USING (payment_id)
 WHERE p.received_at <= :as_of AND p.recorded_at <= :known_at AND NOT p.is_test
UNION ALL
SELECT h.payment_id || '/' || h.version, m.deal_id, h.occurred_at, p.received_at, -h.amount, h.currency
  FROM :schema.payment_refunds h JOIN :schema.payments p USING (payment_id) LEFT JOIN matched m USING (payment_id)
 WHERE :known(h) AND p.received_at <= :as_of AND NOT p.is_test
