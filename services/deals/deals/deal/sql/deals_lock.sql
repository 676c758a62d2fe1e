-- Holds the rows of these deals until the end of the transaction, always in the same order.
SELECT FROM deals WHERE deal_id = ANY($1::uuid[]) ORDER BY deal_id FOR UPDATE
