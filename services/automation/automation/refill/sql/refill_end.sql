UPDATE refills SET state = 'done', reading = NULL, finished_at = now() WHERE consumer = $1
