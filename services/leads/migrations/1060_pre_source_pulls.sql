-- migrate:up

-- How far each source that is fetched has been fetched, and who is at it. A process holds a source by its lease; what it
-- stores and where it got to are written together, only while the lease is its own.
CREATE TABLE source_pulls (
  channel         text NOT NULL,
  source          text NOT NULL,
  due_at          timestamptz NOT NULL,
  cursor          json NOT NULL DEFAULT '{}',  -- the channel's own: newest time seen, UIDVALIDITY and UID, page …
  lease           uuid,
  leased_until    timestamptz,
  failures        integer NOT NULL DEFAULT 0,  -- in a row
  last_success_at timestamptz,
  last_error      text,                        -- in plain words, without personal data
  fetched         bigint NOT NULL DEFAULT 0,   -- things stored, from the beginning
  PRIMARY KEY (channel, source)
);

-- migrate:down
