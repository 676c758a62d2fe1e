-- migrate:up

-- Templates of work as they are now: what work begins with.
CREATE TABLE work_templates (
  code    text PRIMARY KEY,
  version integer NOT NULL,
  -- The template as a whole, as its last event says it.
  body    json NOT NULL
);

-- Work on won deals as its stream now stands, written in the transaction of its events.
CREATE TABLE works (
  work_id         uuid PRIMARY KEY,
  version         integer NOT NULL,
  deal_id         uuid NOT NULL UNIQUE,
  customer_id     uuid NOT NULL,
  direction       text,
  manager_id      text,
  template        text,
  state           text NOT NULL CHECK (state IN ('open', 'accepted', 'completed', 'cancelled')),
  opened_at       timestamptz NOT NULL,
  edits_to_make   integer NOT NULL,
  accepted_on     date,
  completed_on    date,
  -- The last day of the guarantee.
  guarantee_until date,
  guarantee_ended boolean NOT NULL
) WITH (fillfactor = 85);
CREATE INDEX works_newest ON works (opened_at DESC, work_id DESC);
CREATE INDEX works_by_customer ON works (customer_id);

CREATE TABLE work_stages (
  work_id        uuid NOT NULL REFERENCES works,
  code           text NOT NULL,
  place          integer NOT NULL,
  title          text NOT NULL,
  role           text,
  responsible_id text,
  status         text NOT NULL CHECK (status IN ('planned', 'started', 'finished', 'skipped')),
  starts_on      date,
  due_on         date,
  started_on     date,
  finished_on    date,
  -- Its planned date passed, and that was told.
  is_overdue     boolean NOT NULL,
  PRIMARY KEY (work_id, code)
) WITH (fillfactor = 85);
CREATE INDEX work_stages_by_responsible ON work_stages (responsible_id) WHERE status IN ('planned', 'started');
CREATE INDEX work_stages_overdue ON work_stages (work_id) WHERE is_overdue;

-- migrate:down

DROP TABLE work_stages, works, work_templates;
