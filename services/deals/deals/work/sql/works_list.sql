-- A page of work, newest first, each with its stages. $1 state, $2 deal, $3 customer, $4 a stage to do is this person's,
-- $5 a stage is overdue (of that person, where $4 is given), $6 a stage to do is due by this day; $7 are the directions the
-- reader sees (NULL: all), $8 and $9 the last of the page before, $10 the size.
SELECT w.*, s.stages
  FROM works w
  JOIN LATERAL (SELECT json_agg(s ORDER BY s.place) AS stages FROM work_stages s WHERE s.work_id = w.work_id) s ON true
 WHERE ($1::text IS NULL OR w.state = $1) AND ($2::uuid IS NULL OR w.deal_id = $2)
   AND ($3::uuid IS NULL OR w.customer_id = ANY (ARRAY(SELECT cards_of($3))))
   AND (($4::text IS NULL AND NOT $5::bool AND $6::date IS NULL)
        OR w.state = 'open'
           AND EXISTS (SELECT FROM work_stages s
                        WHERE s.work_id = w.work_id AND s.status IN ('planned', 'started')
                          AND ($4::text IS NULL OR s.responsible_id = $4) AND (s.is_overdue OR NOT $5::bool)
                          AND ($6::date IS NULL OR s.due_on <= $6)))
   AND ($7::text[] IS NULL OR w.direction IS NULL OR w.direction = ANY($7))
   AND ($8::timestamptz IS NULL OR (w.opened_at, w.work_id) < ($8, $9::uuid))
 ORDER BY w.opened_at DESC, w.work_id DESC
 LIMIT $10
