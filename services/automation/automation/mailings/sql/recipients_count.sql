SELECT count(*)::int FROM mailing_recipients WHERE mailing_id = $1
