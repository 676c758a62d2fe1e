-- The next form is wanted, of those that $1 keys after the first can make. Asked twice, it is wanted once.
UPDATE index_key SET wanted = form + 1 WHERE form < $1 AND tokens_after IS NULL RETURNING wanted
