SELECT a.question, a.answer, count(*)::int AS count
  FROM questionnaire_answers q
 CROSS JOIN LATERAL (SELECT key AS question, value AS answer FROM jsonb_each_text(q.scores)
                      UNION ALL SELECT key, value FROM jsonb_each_text(q.choices)) a
 WHERE q.questionnaire = $1 AND ($2::timestamptz IS NULL OR q.answered_at >= $2)
   AND ($3::timestamptz IS NULL OR q.answered_at < $3)
 GROUP BY 1, 2
