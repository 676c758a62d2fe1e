-- Takes due sources, of those that are to be fetched, for one process.
UPDATE source_pulls p SET lease = $1, leased_until = now() + make_interval(secs => $2)
  FROM (SELECT channel, source FROM source_pulls
         WHERE (channel, source) IN (SELECT * FROM unnest($3::text[], $4::text[]))
           AND due_at <= now() AND (leased_until IS NULL OR leased_until < now())
         ORDER BY due_at LIMIT $5 FOR UPDATE SKIP LOCKED) due
 WHERE p.channel = due.channel AND p.source = due.source
RETURNING p.channel, p.source, p.cursor, p.failures
