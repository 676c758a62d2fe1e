SELECT step, reading, events, failed, missing FROM refills WHERE consumer = $1 AND state <> 'done'
