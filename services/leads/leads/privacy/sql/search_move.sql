-- A portion of $2 emptied requests was looked through; with $3 it was the last, and the contacts go.
UPDATE erasures
   SET requests = requests + $2, contacts = CASE WHEN $3 THEN NULL ELSE contacts END,
       searched_at = CASE WHEN $3 THEN clock_timestamp() ELSE searched_at END
 WHERE id = $1
