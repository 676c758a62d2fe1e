-- From the beginning, whoever reads now stops at his next batch.
UPDATE refills SET state = 'waiting', step = step + 1, reading = NULL, events = 0, failed = 0, missing = 0, asked_at = now(),
       finished_at = NULL
 WHERE consumer = $1
