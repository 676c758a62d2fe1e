-- What is missing is missing for good; nothing where the history is still being read, or is whole.
UPDATE refills SET accepted = missing, accepted_at = now(), accepted_by = $2, accepted_because = $3
 WHERE consumer = $1 AND state = 'done' AND missing > 0
RETURNING consumer
