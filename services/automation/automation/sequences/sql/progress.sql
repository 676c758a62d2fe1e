SELECT state, step, reason, count(*)::int AS customers, sum(messages)::int AS messages
  FROM enrolments WHERE sequence = $1 GROUP BY state, step, reason
