-- What was last decided, and which database this is: a restored, promoted or copied one has another mark. The timeline
-- is that of the WAL that is written now; pg_control_checkpoint() names it only after the checkpoint of a promotion.
SELECT f.database, f.closed_because, f.wanted, f.wanted_by, f.taken_back,
       concat_ws('/', s.system_identifier,
                 ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::bigint, d.oid) AS here
  FROM log_fence f, pg_control_system() s, pg_database d
 WHERE d.datname = current_database()
