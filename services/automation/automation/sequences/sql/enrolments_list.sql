SELECT enrolment_id, sequence, customer_id, version, round, state, step, until, messages, entered_at, left_at, reason
  FROM enrolments
 WHERE ($1::text IS NULL OR sequence = $1) AND ($2::uuid IS NULL OR customer_id = ANY (ARRAY(SELECT cards_of($2))))
   AND ($3::text IS NULL OR state = $3)
   AND ($4::timestamptz IS NULL OR (entered_at, enrolment_id) > ($4, $5::uuid))
   AND is_in_sight(NULL, NULL, customer_id, $7::text[])
 ORDER BY entered_at, enrolment_id LIMIT $6
