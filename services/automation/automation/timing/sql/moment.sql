-- The time, and until when all shards of all sources have been read.
SELECT now() AS now, min(until) AS read_until FROM read_until
