-- migrate:up

-- While closed, nothing can be appended: Kafka holds events that this database lacks, because a backup was restored, and
-- other events at their positions would never be seen by those who have applied them. The relay compares and closes;
-- database says for which database (cluster, timeline, oid) it has compared last; wanted is what a person asks it to do.
CREATE TABLE log_fence (
  only_row       boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  database       text,
  closed_because text,
  closed_at      timestamptz,
  wanted         text CHECK (wanted IN ('take-back', 'open')),
  wanted_by      text,
  taken_back     bigint NOT NULL DEFAULT 0
);
INSERT INTO log_fence DEFAULT VALUES;

-- read_only_sql_transaction: trouble that passes, for whoever tries to append, so nobody gives up or sets events apart.
CREATE FUNCTION refuse_append_while_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM log_fence WHERE closed_because IS NOT NULL)
     AND current_setting('voronka.taking_back', true) IS DISTINCT FROM 'on' THEN
    RAISE EXCEPTION 'the log is closed: this database is older than what it has published'
      USING ERRCODE = 'read_only_sql_transaction';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER events_are_fenced BEFORE INSERT ON events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_append_while_closed();

-- migrate:down
