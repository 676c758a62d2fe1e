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

-- Appends many decisions at once. Each array has one element per event, and so has the answer: its position, or NULL for
-- all events of a stream of which the first given version is not the next one: they are left out, the others appended.
-- Advisory lock 7001 per shard, taken in sorted order and held until commit, makes position = head + 1 gapless and commit
-- order = position order; so this must be the last statement of its transaction.
-- One plan serves batches of all sizes; left to itself PostgreSQL plans anew for every small one, which doubles its time.
-- New streams are not looked up: the unique key tells when somebody made one before, and then all are, in a second round.
CREATE FUNCTION append_events(
  ids uuid[], streams uuid[], versions integer[], types text[], bodies text[],
  actors text[], correlations uuid[], causations uuid[], traceparents text[], times timestamptz[]
) RETURNS bigint[]
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  shards smallint[] := ARRAY(SELECT event_shard(u) FROM unnest(streams) u);
  positions bigint[];
  look_up_new boolean := false;
BEGIN
  PERFORM pg_advisory_xact_lock(7001, s.shard) FROM (SELECT DISTINCT u AS shard FROM unnest(shards) u ORDER BY 1) s;
  LOOP
    WITH given AS MATERIALIZED (
      SELECT * FROM unnest(shards, streams, versions) WITH ORDINALITY AS g(shard, stream_id, version, n)
    ), stale AS MATERIALIZED (
      SELECT f.stream_id
        FROM (SELECT g.stream_id, min(g.version) AS first, max(g.version) AS last, count(*) AS events
                FROM given g GROUP BY 1) f
       WHERE f.last - f.first + 1 <> f.events
          OR (f.first > 1 OR look_up_new)
             AND f.first <> 1 + coalesce((SELECT e.version FROM events e WHERE e.stream_id = f.stream_id
                                           ORDER BY e.version DESC LIMIT 1), 0)
    ), head AS MATERIALIZED (
      SELECT d.shard, coalesce((SELECT e.position FROM events e WHERE e.shard = d.shard
                                 ORDER BY e.position DESC LIMIT 1), 0) AS position
        FROM (SELECT DISTINCT g.shard FROM given g) d
    ), placed AS (
      SELECT g.n, head.position + row_number() OVER (PARTITION BY g.shard ORDER BY g.n) AS position
        FROM given g JOIN head USING (shard)
       WHERE g.stream_id NOT IN (SELECT s.stream_id FROM stale s)
    )
    SELECT array_agg(p.position ORDER BY g.n) INTO positions FROM given g LEFT JOIN placed p USING (n);
    BEGIN
      INSERT INTO events (position, occurred_at, version, shard, stream_id, id, correlation_id, causation_id, type, actor,
                          traceparent, data)
      SELECT g.position, g.occurred_at, g.version, g.shard, g.stream_id, g.id, g.correlation_id, g.causation_id, g.type,
             g.actor, g.traceparent, g.body::json
        FROM unnest(positions, shards, ids, streams, versions, types, bodies, actors, correlations, causations,
                    traceparents, times)
             AS g(position, shard, id, stream_id, version, type, body, actor, correlation_id, causation_id, traceparent,
                  occurred_at)
       WHERE g.position IS NOT NULL;
      RETURN positions;
    EXCEPTION WHEN unique_violation THEN
      IF look_up_new THEN RAISE; END IF;
      look_up_new := true;
    END;
  END LOOP;
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
