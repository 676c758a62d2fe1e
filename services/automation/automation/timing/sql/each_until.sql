-- The $3rd subject of this kind ($2) behind $1; none if there are not so many.
SELECT DISTINCT subject_id FROM facts
 WHERE subject = $2 AND name = 'since' AND ($1::uuid IS NULL OR subject_id > $1)
 ORDER BY 1 OFFSET $3 - 1 LIMIT 1
