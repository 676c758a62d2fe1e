-- Money received, and given back as negative amounts; paid_at is when what is given back had been received.
SELECT p.payment_id::text AS receipt_id, p.deal_id, p.received_at AS at, p.received_at AS paid_at, p.amount, p.currency
  FROM :schema.payments p WHERE p.received_at IS NOT NULL AND NOT p.is_test
UNION ALL
SELECT h.payment_id || '/' || h.version, p.deal_id, h.occurred_at, p.received_at, -h.amount, h.currency
  FROM :schema.payment_refunds h JOIN :schema.payments p USING (payment_id)
 WHERE p.received_at IS NOT NULL AND NOT p.is_test
