-- One at a time for each payment, also one that is not there yet; in one order, so that nobody waits in a circle.
SELECT pg_advisory_xact_lock(hashtextextended(ordered.id::text, 7030))
  FROM (SELECT DISTINCT id FROM unnest($1::uuid[]) AS id ORDER BY id) ordered
