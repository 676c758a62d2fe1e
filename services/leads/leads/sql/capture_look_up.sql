-- Which of these requests are known ($1), and whose are these blind indexes ($2).
SELECT 'touch' AS what, t.touch_id AS id, t.lead_id, t.customer_id, c.merged_into IS NOT NULL AS is_merged
  FROM touches t LEFT JOIN customers c ON c.id = t.customer_id
 WHERE t.touch_id = ANY($1::uuid[])
UNION ALL
SELECT 'index', i.blind_index, NULL, i.customer_id, c.merged_into IS NOT NULL
  FROM identities i LEFT JOIN customers c ON c.id = i.customer_id
 WHERE i.blind_index = ANY(in_form($2::text[]::uuid[]))
