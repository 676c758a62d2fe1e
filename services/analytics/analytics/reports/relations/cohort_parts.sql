-- reads: cohort_counts
-- What the funnel counts before its stages, by the day alone.
SELECT * FROM cohort_counts
