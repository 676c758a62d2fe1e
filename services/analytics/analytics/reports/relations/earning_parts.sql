-- reads: earned
-- Money received in the period and what is left of it, by who is responsible.
SELECT day, manager_id, direction, currency, sum(amount) AS amount, sum(profit) AS profit FROM earned GROUP BY 1, 2, 3, 4
