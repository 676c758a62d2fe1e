DELETE FROM facts WHERE subject_id = ANY($1::uuid[])
