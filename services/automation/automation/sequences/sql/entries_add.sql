INSERT INTO list_entries (entry_id, request_id, customer_id)
SELECT e.entry_id, $2, e.customer_id FROM unnest($1::uuid[], $3::uuid[]) AS e(entry_id, customer_id)
