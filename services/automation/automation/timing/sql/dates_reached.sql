-- Dates of the field $2 that came near for the rule $1 and were not told of: those of the days $3, each returning as the
-- month and day $4 (none: the day itself); $5 of them. What is over by $6 and was not known in time is left out, and
-- what another process holds is left to it. Of the cards of a person the one counts that was told last.
SELECT d.subject_id, d.customer_id, near.day
  FROM unnest($3::date[], $4::text[]) AS near(day, month_day)
  JOIN dates d ON d.field = $2 AND CASE WHEN near.month_day IS NULL THEN d.day = near.day ELSE d.month_day = near.month_day END
 WHERE (near.day >= $6::timestamptz::date OR d.recorded_at < near.day)
   AND NOT EXISTS (SELECT FROM dates_told t WHERE (t.rule, t.subject_id, t.field, t.day) = ($1, d.subject_id, d.field, near.day))
   AND (d.field NOT LIKE 'customer.%' OR NOT EXISTS (
         SELECT FROM cards_of(d.subject_id) AS c(id) JOIN dates o ON o.subject_id = c.id AND o.field = d.field
          WHERE (o.recorded_at, o.version, o.subject_id) > (d.recorded_at, d.version, d.subject_id)))
 ORDER BY d.subject_id LIMIT $5
   FOR UPDATE OF d SKIP LOCKED
