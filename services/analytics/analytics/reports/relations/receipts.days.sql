-- reads: deals
-- Money received on the deals of the days, and given back as negative amounts.
WITH candidates AS (
  SELECT DISTINCT h.payment_id FROM :schema.payment_matches h WHERE h.deal_id = ANY (ARRAY(SELECT deal_id FROM deals))
), matched AS (
  SELECT DISTINCT ON (h.payment_id) h.payment_id, h.deal_id
    FROM :schema.payment_matches h
   WHERE h.payment_id = ANY (ARRAY(SELECT payment_id FROM candidates)) AND :known(h)
   ORDER BY h.payment_id, h.version DESC
)
SELECT p.payment_id::text AS receipt_id, m.deal_id, p.received_at AS at, p.received_at AS paid_at, p.amount, p.currency
  FROM :schema.payments p JOIN matched m USING (payment_id)
 WHERE p.received_at <= :as_of AND p.recorded_at <= :known_at AND NOT p.is_test
UNION ALL
SELECT h.payment_id || '/' || h.version, m.deal_id, h.occurred_at, p.received_at, -h.amount, h.currency
  FROM :schema.payment_refunds h JOIN matched m USING (payment_id) JOIN :schema.payments p USING (payment_id)
 WHERE :known(h) AND p.received_at <= :as_of AND NOT p.is_test
