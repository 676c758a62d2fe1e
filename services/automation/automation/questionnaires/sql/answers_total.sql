SELECT count(*)::int FROM questionnaire_answers
 WHERE questionnaire = $1 AND ($2::timestamptz IS NULL OR answered_at >= $2) AND ($3::timestamptz IS NULL OR answered_at < $3)
