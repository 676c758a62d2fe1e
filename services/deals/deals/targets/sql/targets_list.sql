-- Targets as they were at a time ($1), those that held then: by period ($2), a day in it ($3), owner ($4, $5) and
-- measure ($6); after $7 in the order of ids, $8 at most.
SELECT t.target_id, v.version, t.period, t.first_day, t.last_day, t.owner_kind, t.owner_id, t.measure, t.currency,
       v.amount, v.reason, v.set_by, v.set_at
  FROM targets t
  JOIN LATERAL (SELECT * FROM target_values v
                 WHERE v.target_id = t.target_id AND v.set_at <= $1
                 ORDER BY v.version DESC LIMIT 1) v ON true
 WHERE v.amount IS NOT NULL
   AND ($2::text IS NULL OR t.period = $2) AND ($3::date IS NULL OR $3 BETWEEN t.first_day AND t.last_day)
   AND ($4::text IS NULL OR t.owner_kind = $4) AND ($5::text IS NULL OR t.owner_id = $5)
   AND ($6::text IS NULL OR t.measure = $6) AND ($7::uuid IS NULL OR t.target_id > $7)
 ORDER BY t.target_id
 LIMIT $8
