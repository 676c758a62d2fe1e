-- Rows for deals that were not known, and a lock on those that were: two who tell of one deal compute it one by one.
INSERT INTO customer_deals (deal_id, customer_id)
SELECT DISTINCT ON (h.stream_id) h.stream_id, h.customer_id
  FROM heard h WHERE h.stream_id = ANY($1::uuid[]) ORDER BY h.stream_id, h.version DESC
ON CONFLICT (deal_id) DO UPDATE SET customer_id = excluded.customer_id
