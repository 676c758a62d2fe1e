-- Drops the file of a dry run; who wants to import it sends it again.
WITH dropped AS (
  DELETE FROM import_chunks WHERE import_id = $1
)
UPDATE imports SET state = 'cancelled', failure = 'the file named a person who was erased' WHERE id = $1
