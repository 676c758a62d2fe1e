-- migrate:up

-- The service connects as a member of this role: it may append to the log, never change it.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'voronka_service') THEN
    CREATE ROLE voronka_service NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- another database's migration was faster
END $$;

GRANT SELECT ON schema_migrations TO voronka_service;
ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO voronka_service;
ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO voronka_service;

-- Shard of a stream: the low four bits of its id (Python twin: events.envelope.shard_of).
CREATE FUNCTION event_shard(stream_id uuid) RETURNS smallint
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN (get_byte(uuid_send(stream_id), 15) & 15)::smallint;

-- The truth of the service. Positions are gapless in a shard, and commit order is position order.
-- json, not jsonb: the published bytes are the stored bytes.
CREATE TABLE events (
  position       bigint      NOT NULL,
  occurred_at    timestamptz NOT NULL,
  recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  version        integer     NOT NULL,
  shard          smallint    NOT NULL,
  stream_id      uuid        NOT NULL,
  id             uuid        NOT NULL,
  correlation_id uuid        NOT NULL,
  causation_id   uuid,
  type           text        NOT NULL,
  actor          text        NOT NULL,
  traceparent    text,
  data           json        NOT NULL,
  PRIMARY KEY (shard, position),
  UNIQUE (stream_id, version),
  CHECK (version > 0 AND position > 0)
);
REVOKE UPDATE, DELETE, TRUNCATE ON events FROM voronka_service;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the event log is immutable: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER events_are_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Appends many decisions at once. Each array has one element per event; items[i] numbers the decision it belongs to.
-- A decision whose first version is not its stream's next one is left out whole and reported with position NULL;
-- the others are appended. Advisory lock 7001 per shard, taken in sorted order and held until commit, makes position =
-- head + 1 gapless and commit order = position order; so this must be the last statement of its transaction.
CREATE FUNCTION append_events(
  items integer[], ids uuid[], streams uuid[], versions integer[], types text[], bodies text[],
  actors text[], correlations uuid[], causations uuid[], traceparents text[], times timestamptz[]
) RETURNS TABLE (item integer, last_shard smallint, last_position bigint)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7001, s.shard)
     FROM (SELECT DISTINCT event_shard(u) AS shard FROM unnest(streams) u ORDER BY 1) s;
  RETURN QUERY
  WITH given AS MATERIALIZED (
    SELECT event_shard(g.stream_id) AS shard, g.*
      FROM unnest(items, ids, streams, versions, types, bodies, actors, correlations, causations, traceparents, times)
           WITH ORDINALITY AS g(item, id, stream_id, version, type, body, actor, correlation_id, causation_id,
                                traceparent, occurred_at, n)
  ), stale AS MATERIALIZED (
    SELECT DISTINCT f.item
      FROM (SELECT g.item, g.stream_id, min(g.version) AS first, max(g.version) AS last, count(*) AS events
              FROM given g GROUP BY 1, 2) f
      LEFT JOIN LATERAL (SELECT e.version FROM events e WHERE e.stream_id = f.stream_id
                          ORDER BY e.version DESC LIMIT 1) h ON true
     WHERE f.first <> coalesce(h.version, 0) + 1 OR f.last - f.first + 1 <> f.events
  ), head AS MATERIALIZED (
    SELECT d.shard, coalesce((SELECT e.position FROM events e WHERE e.shard = d.shard
                               ORDER BY e.position DESC LIMIT 1), 0) AS position
      FROM (SELECT DISTINCT g.shard FROM given g) d
  ), accepted AS (
    SELECT head.position + row_number() OVER (PARTITION BY g.shard ORDER BY g.n) AS position, g.*
      FROM given g JOIN head USING (shard)
     WHERE g.item NOT IN (SELECT s.item FROM stale s)
  ), stored AS (
    INSERT INTO events (position, occurred_at, version, shard, stream_id, id, correlation_id, causation_id, type, actor,
                        traceparent, data)
    SELECT a.position, a.occurred_at, a.version, a.shard, a.stream_id, a.id, a.correlation_id, a.causation_id, a.type,
           a.actor, a.traceparent, a.body::json
      FROM accepted a
  )
  SELECT DISTINCT ON (o.item) o.item, o.shard, o.position
    FROM (SELECT a.item, a.shard, a.position, a.n FROM accepted a
          UNION ALL SELECT s.item, NULL, NULL, 0 FROM stale s) o
   ORDER BY o.item, o.n DESC;
END $$;

-- The usual case: one stream, one decision. Returns the position of its last event, or NULL if the stream has moved on.
CREATE FUNCTION append_one(
  stream uuid, expected integer, new_ids uuid[], types text[], bodies text[],
  by_actor text, correlation uuid, causation uuid, trace text, at timestamptz
) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  own_shard smallint := event_shard(stream);
  head_position bigint;
  head_version integer;
BEGIN
  PERFORM pg_advisory_xact_lock(7001, own_shard);
  SELECT version INTO head_version FROM events WHERE stream_id = stream ORDER BY version DESC LIMIT 1;
  IF coalesce(head_version, 0) <> expected THEN
    RETURN NULL;
  END IF;
  SELECT position INTO head_position FROM events WHERE shard = own_shard ORDER BY position DESC LIMIT 1;
  INSERT INTO events (position, occurred_at, version, shard, stream_id, id, correlation_id, causation_id, type, actor,
                      traceparent, data)
  SELECT coalesce(head_position, 0) + g.n, at, expected + g.n, own_shard, stream, g.id, correlation, causation, g.type,
         by_actor, trace, g.body::json
    FROM unnest(new_ids, types, bodies) WITH ORDINALITY AS g(id, type, body, n);
  RETURN coalesce(head_position, 0) + cardinality(new_ids);
END $$;

-- How far each shard has been published, and the first offset of the last batch that the broker acknowledged.
CREATE TABLE relay_cursors (
  shard        smallint PRIMARY KEY CHECK (shard BETWEEN 0 AND 15),
  position     bigint NOT NULL DEFAULT 0,
  kafka_offset bigint
) WITH (fillfactor = 10);
INSERT INTO relay_cursors (shard) SELECT generate_series(0, 15);

-- How far each consumer has applied each shard of each source. Updated only in the transaction that applies.
CREATE TABLE watermarks (
  consumer     text NOT NULL,
  source       text NOT NULL,
  shard        smallint NOT NULL,
  position     bigint NOT NULL DEFAULT 0,
  kafka_offset bigint,
  updated_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, source, shard)
) WITH (fillfactor = 50);

-- Events a consumer could not apply, whole and with the reason; replayed by the same handler.
CREATE TABLE quarantine (
  consumer       text NOT NULL,
  source         text NOT NULL,
  shard          smallint NOT NULL,
  position       bigint NOT NULL,
  stream_id      uuid,
  type           text,
  headers        json NOT NULL,
  body           bytea,
  reason         text NOT NULL,
  error          text NOT NULL,
  quarantined_at timestamptz NOT NULL DEFAULT now(),
  discarded_at   timestamptz,
  discarded_why  text,
  PRIMARY KEY (consumer, source, shard, position)
);
CREATE INDEX quarantine_by_stream ON quarantine (consumer, stream_id) WHERE discarded_at IS NULL;

-- Work to be done outside of any transaction of a consumer: leased, called with its id as idempotency key, then deleted.
CREATE TABLE tasks (
  id             uuid PRIMARY KEY,
  kind           text NOT NULL,
  payload        json NOT NULL,
  due_at         timestamptz NOT NULL,
  lease          uuid,
  leased_until   timestamptz,
  attempts       integer NOT NULL DEFAULT 0,
  last_error     text,
  failed_at      timestamptz,
  actor          text NOT NULL,
  correlation_id uuid NOT NULL,
  causation_id   uuid,
  traceparent    text,
  created_at     timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
CREATE INDEX tasks_due ON tasks (due_at) WHERE failed_at IS NULL;

-- migrate:down
