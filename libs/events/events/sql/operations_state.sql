-- One row of what a service has in hand. Logs are counted by their heads, which have no gaps.
SELECT clock_timestamp() AS now,
       current_setting('server_version') AS server_version,
       pg_database_size(current_database()) AS database_bytes,
       (SELECT max(version) FROM schema_migrations) AS schema_version,
       (SELECT array_agg(coalesce(h.position, 0) ORDER BY c.shard)
          FROM relay_cursors c LEFT JOIN LATERAL (
            SELECT e.position FROM events e WHERE e.shard = c.shard ORDER BY e.position DESC LIMIT 1) h ON true) AS heads,
       (SELECT array_agg(position ORDER BY shard) FROM relay_cursors) AS published,
       (SELECT count(*) FROM tasks WHERE failed_at IS NULL AND due_at <= now()) AS tasks_due,
       (SELECT count(*) FROM tasks WHERE failed_at IS NULL AND due_at > now()) AS tasks_later,
       (SELECT count(*) FROM tasks WHERE failed_at IS NOT NULL) AS tasks_failed,
       (SELECT coalesce(extract(epoch FROM now() - min(due_at)), 0)::float8
          FROM tasks WHERE failed_at IS NULL AND due_at <= now()) AS tasks_oldest_seconds,
       (SELECT count(*) FROM (SELECT FROM intake WHERE state = 'pending' LIMIT 20000) p) AS intake_pending,
       (SELECT count(*) FROM (SELECT FROM intake WHERE state = 'quarantined' LIMIT 20000) q) AS intake_quarantined
