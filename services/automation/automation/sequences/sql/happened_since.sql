SELECT type FROM happenings
 WHERE customer_id = $1 AND recorded_at > $2 AND type = ANY($3::text[]) ORDER BY recorded_at LIMIT 1
