-- The payments of which something stands on an invoice.
SELECT payment_id FROM allocations WHERE invoice_id = $1 AND allocated > refunded ORDER BY payment_id
