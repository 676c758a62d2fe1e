-- reads: step_counts
-- Stays of the cohort's deals by day and stage alone.
SELECT * FROM step_counts
