-- reads: trait_counts
-- The same of the days.
SELECT * FROM trait_counts WHERE day = ANY (:days)
