-- What fills the disk of PostgreSQL, as far as a login without rights can see: this database and the largest table of
-- it, the replication slot that keeps the most WAL, and whether WAL is archived. How much room is left it cannot see.
SELECT pg_database_size(current_database()) AS database_bytes,
       (SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'm')
         ORDER BY pg_total_relation_size(c.oid) DESC, c.oid LIMIT 1) AS largest,
       slot.slot_name AS slot,
       coalesce(slot.kept_bytes, 0)::bigint AS slot_bytes,
       a.last_failed_time > coalesce(a.last_archived_time, '-infinity') AS archiving_fails
  FROM pg_stat_archiver a
  LEFT JOIN LATERAL (
       SELECT s.slot_name, pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn) AS kept_bytes
         FROM pg_replication_slots s
        WHERE s.restart_lsn IS NOT NULL
        ORDER BY kept_bytes DESC, s.slot_name
        LIMIT 1) slot ON true
