-- What was last decided, and which database this is: a restored, promoted or copied one has another mark.
SELECT f.database, f.closed_because, f.wanted, f.wanted_by, f.taken_back,
       concat_ws('/', s.system_identifier, c.timeline_id, d.oid) AS here
  FROM log_fence f, pg_control_system() s, pg_control_checkpoint() c, pg_database d
 WHERE d.datname = current_database()
