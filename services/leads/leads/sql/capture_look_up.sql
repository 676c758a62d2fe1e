-- Which of these requests are known ($1), and whose are these blind indexes ($2).
SELECT 'touch' AS what, touch_id AS id, lead_id, customer_id FROM touches WHERE touch_id = ANY($1::uuid[])
UNION ALL
SELECT 'index', blind_index, NULL, customer_id FROM identities WHERE blind_index = ANY($2::text[]::uuid[])
