-- How far the pass has come, and what the batch did.
UPDATE handovers
   SET reached = $2, customers = customers + $3, leads = leads + $4, organisations = organisations + $5,
       contacts = contacts + $6, remaining = remaining + $7, waiting = waiting + $8,
       wait_until = least(wait_until, $9::timestamptz)
 WHERE id = $1
