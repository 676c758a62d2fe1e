-- reads: merged
-- Which card every merged card counts as; what is not here counts as itself. That there is one of each lets the planner
-- leave this out where nobody asks who a person is.
SELECT DISTINCT ON (customer_id) customer_id, root_id FROM merged ORDER BY customer_id
