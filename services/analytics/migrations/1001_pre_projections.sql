-- migrate:up

-- Every filling of a projection: a schema of tables (sales_v1_b2) and a consumer (sales.v1.b2). One of each name is live.
-- indexed: indexes.sql was run; views: SHA-256 of the views that were published;
-- trouble: why the last try to switch or to publish failed.
CREATE TABLE projections (
  name       text        NOT NULL,
  version    integer     NOT NULL,
  build      integer     NOT NULL,
  state      text        NOT NULL CHECK (state IN ('building', 'live', 'shadow', 'retired', 'dropped')),
  created_at timestamptz NOT NULL DEFAULT now(),
  live_at    timestamptz,
  retired_at timestamptz,
  indexed    boolean     NOT NULL DEFAULT false,
  views      text,
  trouble    text,
  PRIMARY KEY (name, version, build)
);
CREATE UNIQUE INDEX projections_one_live ON projections (name) WHERE state = 'live';
CREATE UNIQUE INDEX projections_one_building ON projections (name) WHERE state = 'building';

-- Comparisons of the live build with a shadow that is filled from position 0 to the same positions.
CREATE TABLE verifications (
  id           uuid        PRIMARY KEY,
  name         text        NOT NULL,
  state        text        NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'failed')),
  requested_at timestamptz NOT NULL DEFAULT now(),
  requested_by text        NOT NULL,
  lease        uuid,
  leased_until timestamptz,
  attempts     integer     NOT NULL DEFAULT 0,
  finished_at  timestamptz,
  result       json,
  error        text
);
CREATE UNIQUE INDEX verifications_one_running ON verifications (name) WHERE state = 'running';

-- Where the log ended (offset of the next record) when the reader of a shard last looked, and when it had applied all.
CREATE TABLE log_ends (
  consumer     text        NOT NULL,
  source       text        NOT NULL,
  shard        smallint    NOT NULL,
  next_offset  bigint      NOT NULL,
  seen_at      timestamptz NOT NULL,
  caught_up_at timestamptz,
  PRIMARY KEY (consumer, source, shard)
);

-- What BI tools read. Members of bi_reader see the views of this schema, and of them the rows of their lines of business.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bi_reader') THEN
    CREATE ROLE bi_reader NOLOGIN;
    -- Here: an owner of the database who was given the role, and did not make it, may not comment on it.
    COMMENT ON ROLE bi_reader IS 'Reads the schema bi, the lines of business listed in bi_directions only. No personal data.';
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- another database's migration was faster
END $$;

CREATE SCHEMA bi;
COMMENT ON SCHEMA bi IS 'Факты и измерения для отчётов / Facts and dimensions for reports. Views only; no personal data.';
GRANT USAGE ON SCHEMA bi TO bi_reader;
GRANT USAGE, CREATE ON SCHEMA bi TO voronka_service;
DO $$ BEGIN
  EXECUTE format('GRANT CREATE ON DATABASE %I TO voronka_service', current_database());
END $$;

CREATE TABLE bi_directions (
  role_name name NOT NULL,
  direction text NOT NULL,
  PRIMARY KEY (role_name, direction)
);
COMMENT ON TABLE bi_directions IS 'Lines of business that a database role (or the members of a group role) may see; * means all.';
REVOKE INSERT, UPDATE, DELETE ON bi_directions FROM voronka_service;
ALTER TABLE bi_directions ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON bi_directions FOR SELECT TO bi_reader USING (pg_has_role(to_regrole(quote_ident(role_name)), 'member'));
GRANT SELECT ON bi_directions, projections, log_ends, watermarks TO bi_reader;

-- The lines of business of the current role, {*} for all. Keyed by membership, not by a session setting: a user can change those.
CREATE FUNCTION bi_visible_directions() RETURNS text[]
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN (SELECT coalesce(array_agg(direction), '{}') FROM public.bi_directions
           WHERE pg_has_role(to_regrole(quote_ident(role_name)), 'member'));

-- Makes a role that exists a reader: CALL bi_admit('anna', 'b2b', 'retail'). '*' admits it to every line of business.
-- Settings of a group do not pass to its members, so they are set on the member itself.
CREATE PROCEDURE bi_admit(reader name, VARIADIC directions text[]) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('GRANT bi_reader TO %I', reader);
  EXECUTE format('ALTER ROLE %I SET default_transaction_read_only = on', reader);
  EXECUTE format('ALTER ROLE %I SET statement_timeout = %L', reader, '60s');
  EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = %L', reader, '60s');
  EXECUTE format('ALTER ROLE %I SET timezone = %L', reader, 'UTC');
  EXECUTE format('ALTER ROLE %I SET search_path = bi', reader);
  DELETE FROM public.bi_directions WHERE role_name = reader;
  INSERT INTO public.bi_directions SELECT DISTINCT reader, d FROM unnest(directions) d;
END $$;
REVOKE EXECUTE ON PROCEDURE bi_admit FROM PUBLIC;

-- migrate:down
