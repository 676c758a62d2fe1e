-- migrate:up

-- Whom each pending firing is about, beside its task and gone with it. follows_id: whose date it waits for.
CREATE TABLE pending_firings (
  firing_id    uuid PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
  rule         text    NOT NULL,
  rule_version integer NOT NULL,
  action       text    NOT NULL,
  event_id     uuid    NOT NULL,
  customer_id  uuid,
  deal_id      uuid,
  lead_id      uuid,
  follows_id   uuid
);
CREATE INDEX pending_firings_by_customer ON pending_firings (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX pending_firings_by_followed ON pending_firings (follows_id) WHERE follows_id IS NOT NULL;

-- Until when the consumer has read what each shard of its sources told.
CREATE TABLE read_until (
  source text        NOT NULL,
  shard  smallint    NOT NULL,
  until  timestamptz NOT NULL,
  PRIMARY KEY (source, shard)
) WITH (fillfactor = 50);

-- When managers work, as leads tells it.
CREATE TABLE manager_hours (
  manager_id text PRIMARY KEY,
  version    integer NOT NULL,
  time_zone  text    NOT NULL,
  windows    json    NOT NULL,
  calendar   text
);
CREATE TABLE manager_absences (
  absence_id uuid PRIMARY KEY,
  manager_id text,
  starts     timestamptz,
  ends       timestamptz,
  cancelled  boolean NOT NULL DEFAULT false
);
CREATE INDEX manager_absences_by_manager ON manager_absences (manager_id, ends);

-- Working hours and days off of the firm, by name; read from the service's own events.
CREATE TABLE working_calendars (
  calendar text PRIMARY KEY,
  version  integer NOT NULL,
  content  json    NOT NULL
);

-- migrate:down

DROP TABLE working_calendars;
DROP TABLE manager_absences;
DROP TABLE manager_hours;
DROP TABLE read_until;
DROP TABLE pending_firings;
