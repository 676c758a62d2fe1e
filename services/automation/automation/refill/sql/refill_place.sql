SELECT state, step, reading, events, failed, missing, accepted FROM refills WHERE consumer = $1
