-- Lets go of an import that another process may go on with.
UPDATE imports SET lease = NULL, leased_until = NULL WHERE id = $1 AND lease = $2
