-- migrate:up

-- Lists of leads that were asked for: for a mailing, or for a sequence that those on it are to enter.
CREATE TABLE list_readings (
  request_id uuid PRIMARY KEY,
  list_id    uuid        NOT NULL,
  mailing_id uuid,
  sequence   text,
  state      text        NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'read', 'refused')),
  part       integer     NOT NULL DEFAULT 0,   -- the last one that has come
  customers  integer     NOT NULL DEFAULT 0,
  reason     text,
  asked_at   timestamptz NOT NULL,
  asked_by   text        NOT NULL,
  CHECK ((mailing_id IS NULL) <> (sequence IS NULL))
);
CREATE UNIQUE INDEX list_readings_of_mailing ON list_readings (mailing_id);
CREATE INDEX list_readings_of_sequence ON list_readings (sequence, asked_at, request_id);

-- Who was led into a sequence with a list, and what came of it.
CREATE TABLE list_entries (
  entry_id    uuid PRIMARY KEY,                -- of sequence.entry-requested.v1
  request_id  uuid NOT NULL,
  customer_id uuid NOT NULL,
  outcome     text                             -- 'entered', or why not; NULL: it is still to be seen
);
CREATE INDEX list_entries_of_reading ON list_entries (request_id);

-- migrate:down

DROP TABLE list_entries, list_readings;
