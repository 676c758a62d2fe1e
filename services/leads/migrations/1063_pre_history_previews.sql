-- migrate:up

-- What a source's history holds, counted before it is taken over: the newest count of each source. Read in portions by
-- a durable task; a portion and the place it leads to are stored together.
CREATE TABLE history_previews (
  channel     text NOT NULL,
  source      text NOT NULL,
  id          uuid NOT NULL,
  started_at  timestamptz NOT NULL,
  finished_at timestamptz,
  failure     text,              -- in plain words, without personal data
  moved_at    timestamptz NOT NULL,
  cursor      json NOT NULL DEFAULT '{}',
  catalogue   json,              -- pipelines, stages, users and reasons by their ids there, with names
  counts      json NOT NULL DEFAULT '{}',
  PRIMARY KEY (channel, source)
);

-- migrate:down
