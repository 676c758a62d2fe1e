-- kept
-- Which card every merged card counts as.
SELECT customer_id, root_id FROM :schema.customer_roots(:as_of, :known_at)
