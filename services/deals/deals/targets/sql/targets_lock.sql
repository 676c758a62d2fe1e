SELECT FROM targets WHERE target_id = ANY($1::uuid[]) ORDER BY target_id FOR UPDATE
