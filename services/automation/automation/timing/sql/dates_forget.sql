WITH gone AS (DELETE FROM dates WHERE customer_id = ANY($1::uuid[]) RETURNING subject_id)
DELETE FROM dates_told WHERE subject_id IN (SELECT subject_id FROM gone)
