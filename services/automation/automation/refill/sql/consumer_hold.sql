-- The consumer stands still until the end of the transaction.
SELECT count(*) FROM (SELECT FROM watermarks WHERE consumer = $1 ORDER BY source, shard FOR UPDATE) held
