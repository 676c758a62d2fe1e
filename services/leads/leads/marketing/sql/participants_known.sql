SELECT customer_id, version, stage, organisation_id FROM participants
 WHERE event_id = $1 AND customer_id = ANY($2::uuid[]) ORDER BY id FOR UPDATE
