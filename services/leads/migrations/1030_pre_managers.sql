-- migrate:up

-- A manager as the newest event of his stream tells him. Empty lists mean everything.
ALTER TABLE managers
  ADD COLUMN version       integer  NOT NULL DEFAULT 0,   -- 0: set up before managers had streams
  ADD COLUMN department    text,
  ADD COLUMN teams         text[]   NOT NULL DEFAULT '{}',
  ADD COLUMN languages     text[]   NOT NULL DEFAULT '{}',
  ADD COLUMN sources       text[]   NOT NULL DEFAULT '{}',  -- names of configured sources whose leads he may get
  ADD COLUMN time_zone     text     NOT NULL DEFAULT 'UTC', -- IANA name
  ADD COLUMN working_hours json     NOT NULL DEFAULT '[]',  -- [{weekday, opens, closes}] by his wall clock; none: always
  ADD COLUMN calendar      text,                            -- name of a calendar of days off
  ADD COLUMN open_limit    integer,                         -- most leads in work; NULL: no limit
  ADD COLUMN weight        smallint NOT NULL DEFAULT 1 CHECK (weight BETWEEN 1 AND 10);

-- When a manager is not there, from starts until before ends.
CREATE TABLE absences (
  id           uuid PRIMARY KEY,
  manager_id   text NOT NULL REFERENCES managers,
  starts       timestamptz NOT NULL,
  ends         timestamptz NOT NULL,
  reason       text NOT NULL,
  deputy_id    text,
  cancelled_at timestamptz,
  CHECK (starts < ends)
);
CREATE INDEX absences_of_manager ON absences (manager_id, ends) WHERE cancelled_at IS NULL;

-- What is set as a whole and kept version by version: rules of distribution, reasons, categories, check-list, calendars
-- of days off, call lists. The newest version holds; who set each, and when, is the audit.
CREATE TABLE setting_versions (
  name    text NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  content json NOT NULL,
  set_by  text NOT NULL,
  set_at  timestamptz NOT NULL,
  PRIMARY KEY (name, version)
);
REVOKE UPDATE, DELETE, TRUNCATE ON setting_versions FROM voronka_service;

-- migrate:down
