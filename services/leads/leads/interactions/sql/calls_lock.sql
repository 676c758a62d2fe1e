-- In the order of keys, so that two batches do not wait for each other.
SELECT pg_advisory_xact_lock(ordered.key) FROM (SELECT DISTINCT key FROM unnest($1::bigint[]) AS key ORDER BY key) ordered
