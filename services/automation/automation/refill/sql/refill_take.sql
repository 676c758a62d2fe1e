-- The refill that somebody goes on with: whoever has the row, if nobody else has gone on meanwhile.
SELECT step FROM refills WHERE consumer = $1 AND state <> 'done' FOR UPDATE SKIP LOCKED
