UPDATE refills SET state = 'reading', step = step + 1, reading = $2, events = $3, failed = $4, missing = $5 WHERE consumer = $1
