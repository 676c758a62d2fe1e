-- migrate:up

-- How the columns of a file become rows of a kind; saved to be used again. The import keeps its own copy.
CREATE TABLE import_mappings (
  name       text PRIMARY KEY,
  kind       text NOT NULL,
  version    integer NOT NULL,
  mapping    json NOT NULL,
  changed_at timestamptz NOT NULL,
  changed_by text NOT NULL
);

-- One file under one name and mapping, for real or as a dry run; its id is made of these, so the same file sent again
-- is the same import. rows_done moves in the transaction of the rows, so a crash repeats none and skips none.
CREATE TABLE imports (
  id           uuid PRIMARY KEY,
  kind         text NOT NULL,
  name         text NOT NULL,
  file_name    text NOT NULL,
  bytes        bigint NOT NULL,
  mapping      json NOT NULL,
  encoding     text,
  dry_run      boolean NOT NULL,
  directions   text[],            -- the lines of business its sender sees; NULL: all
  state        text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
  rows_total   integer,           -- NULL until the file was read once
  rows_done    integer NOT NULL DEFAULT 0,
  outcomes     json NOT NULL DEFAULT '{}',
  failure      text,
  actor        text NOT NULL,
  correlation_id uuid NOT NULL,
  created_at   timestamptz NOT NULL,
  started_at   timestamptz,
  finished_at  timestamptz,
  lease        uuid,
  leased_until timestamptz
) WITH (fillfactor = 70);
CREATE INDEX imports_waiting ON imports (created_at) WHERE state IN ('queued', 'running');
CREATE INDEX imports_newest ON imports (created_at DESC, id DESC);

-- The file itself, byte for byte, until the import is done: it holds personal data in the clear.
CREATE TABLE import_chunks (
  import_id uuid NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
  number    integer NOT NULL,
  content   bytea NOT NULL,
  PRIMARY KEY (import_id, number)
);

-- Rows that were refused. Their content waits in quarantine (intake) and is corrected and replayed there, or downloaded
-- as a file, repaired and imported again; a dry run keeps the reason only.
CREATE TABLE import_rejects (
  import_id  uuid NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
  line       integer NOT NULL,
  request_id uuid,
  reason     text NOT NULL,
  content    json,                -- of rows without personal data
  PRIMARY KEY (import_id, line)
);

-- What was spent on advertising, a row per day and place; the log has every correction.
CREATE TABLE ad_spend (
  id          uuid PRIMARY KEY,
  version     integer NOT NULL,
  day         date NOT NULL,
  channel     text NOT NULL,
  campaign    text,
  direction   text,
  amount      numeric NOT NULL,
  currency    text NOT NULL,
  impressions bigint,
  clicks      bigint
) WITH (fillfactor = 90);
CREATE INDEX ad_spend_by_day ON ad_spend (day DESC, id DESC);

-- migrate:down
