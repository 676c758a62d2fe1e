-- reads: step_counts
-- The same of the days.
SELECT * FROM step_counts WHERE day = ANY (:days)
