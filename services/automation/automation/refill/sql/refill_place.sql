SELECT state, step, reading, events, failed, missing FROM refills WHERE consumer = $1
