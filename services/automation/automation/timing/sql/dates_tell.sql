INSERT INTO dates_told (rule, subject_id, field, day)
SELECT $1, t.subject_id, $2, t.day FROM unnest($3::uuid[], $4::date[]) AS t(subject_id, day) ORDER BY 1, 2, 4
ON CONFLICT DO NOTHING
