-- migrate:up

-- Every pipeline as it stands; revision is its stream's, version that of its content. Older versions are in the stream.
CREATE TABLE pipelines (
  code       text PRIMARY KEY,
  revision   integer NOT NULL,
  version    integer NOT NULL,
  is_retired boolean NOT NULL,
  content    jsonb NOT NULL
);

-- migrate:down

DROP TABLE pipelines;
