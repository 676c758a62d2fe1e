-- Items that were kept with a fault and have now come in whole.
UPDATE intake SET state = 'done', reason = 'sent again and captured', settled_at = clock_timestamp()
 WHERE id = ANY($1::uuid[]) AND state = 'quarantined'
