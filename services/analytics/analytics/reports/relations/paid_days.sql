-- reads: earned
-- The days of the period on which deals were paid for.
SELECT deal_id, day, bool_or(profit IS NOT NULL) AS is_costed FROM earned GROUP BY 1, 2
