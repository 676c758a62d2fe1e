-- Lists for which the rule $1 was started, the newest 100.
SELECT request_id, list_id, state, reason, customers, asked_at, asked_by, started, missed
  FROM list_readings WHERE rule = $1 ORDER BY asked_at DESC, request_id DESC LIMIT 100
