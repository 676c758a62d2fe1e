SELECT mailing_id, title, template, state, prepared_at FROM mailings
 WHERE ($1::timestamptz IS NULL OR (prepared_at, mailing_id) < ($1, $2::uuid))
 ORDER BY prepared_at DESC, mailing_id DESC LIMIT $3
