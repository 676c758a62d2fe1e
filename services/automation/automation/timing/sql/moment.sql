-- The time, until when all shards of all sources have been read, and whether all is known of what was before.
SELECT now() AS now, min(until) AS read_until, NOT EXISTS (SELECT FROM refills WHERE state <> 'done') AS is_whole
  FROM read_until
