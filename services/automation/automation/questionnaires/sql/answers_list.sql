SELECT message_id, customer_id, version, scores, choices, texts, answered_at FROM questionnaire_answers
 WHERE questionnaire = $1 AND ($2::uuid IS NULL OR customer_id = ANY (ARRAY(SELECT cards_of($2))))
   AND ($3::timestamptz IS NULL OR (answered_at, message_id) > ($3, $4::uuid))
   AND is_in_sight(NULL, NULL, customer_id, $6::text[])
 ORDER BY answered_at, message_id LIMIT $5
