-- Holds the rows of these deals until the end of the transaction, always in the same order.
SELECT deal_id, version FROM deals WHERE deal_id = ANY($1::uuid[]) ORDER BY deal_id FOR UPDATE
