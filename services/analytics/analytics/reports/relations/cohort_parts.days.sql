-- reads: cohort_counts
-- The same of the days.
SELECT * FROM cohort_counts WHERE day = ANY (:days)
