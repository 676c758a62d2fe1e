SELECT message_id, customer_id, medium, template, purpose, state, reason, attempts, cause, requested_at, settled_at,
       delivered_at, opened_at, clicked_at, replied_at, bounced_at, bounce_code, unsubscribed_at
  FROM messages
 WHERE ($1::uuid IS NULL OR customer_id = ANY (ARRAY(SELECT cards_of($1)))) AND ($2::text IS NULL OR state = $2)
   AND ($3::timestamptz IS NULL OR (requested_at, message_id) > ($3, $4::uuid))
   AND is_in_sight(NULL, NULL, customer_id, $6::text[])
 ORDER BY requested_at, message_id LIMIT $5
