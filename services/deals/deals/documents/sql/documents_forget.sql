-- Forgets what was kept in the clear or sealed of erased customers' documents; numbers stay, they name nobody.
UPDATE documents SET title = NULL WHERE customer_id = ANY($1::uuid[])
