-- reads: trait_counts
-- How many persons with a trait paid on a day, and what.
SELECT * FROM trait_counts
