-- migrate:up

-- Sources set up by the API; those of the file of sources are not here, and win over a row of the same name.
CREATE TABLE sources (
  channel    text NOT NULL,
  name       text NOT NULL,
  version    integer NOT NULL,  -- of its stream; the sum over all rows tells every process that something has changed
  active     boolean NOT NULL,
  direction  text,
  manager_id text,              -- who its leads go to by default
  options    json NOT NULL,     -- those that may be shown
  budget     json NOT NULL,
  sealed     bytea NOT NULL,    -- secrets and write-only options: JSON under the master key, bound to the source's id
  changed_at timestamptz NOT NULL,
  changed_by text NOT NULL,
  PRIMARY KEY (channel, name)
);

-- What came in by a source, newest first.
CREATE INDEX intake_by_source ON intake (channel, source, received_at);

-- migrate:down
