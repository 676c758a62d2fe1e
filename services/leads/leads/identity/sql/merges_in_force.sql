-- Who was merged into whom among these cards, the newest last.
SELECT customer_id, into_customer_id, merged_at, actor, reason, matched_by, explanation, why
  FROM merges WHERE customer_id = ANY($1::uuid[]) AND split_at IS NULL ORDER BY merged_at, customer_id
