-- migrate:up

-- Whether the relay has compared this very database with Kafka, not the one that it was restored or promoted from: each
-- promotion and each recovery to a point in time begins a timeline, and a copy has another oid. Where no relay has ever
-- looked there is nothing published to compare with. Costs microseconds, as pg_control_system() would not.
CREATE FUNCTION log_is_compared() RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT f.database IS NULL
         OR split_part(f.database, '/', 2)::bigint
            = ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::bigint
        AND split_part(f.database, '/', 3)::bigint
            = (SELECT d.oid::bigint FROM pg_database d WHERE d.datname = current_database())
    FROM log_fence f
$$;

-- Before, appends were possible between a promotion and the relay's look, at positions that Kafka has already.
CREATE OR REPLACE FUNCTION refuse_append_while_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('voronka.taking_back', true) = 'on' THEN
    RETURN NULL;
  END IF;
  IF EXISTS (SELECT FROM log_fence WHERE closed_because IS NOT NULL) THEN
    RAISE EXCEPTION 'the log is closed: this database is older than what it has published'
      USING ERRCODE = 'read_only_sql_transaction';
  END IF;
  IF NOT log_is_compared() THEN
    RAISE EXCEPTION 'the log waits: this database was restored or promoted, and the relay has not compared it yet'
      USING ERRCODE = 'read_only_sql_transaction';
  END IF;
  RETURN NULL;
END $$;

-- migrate:down
