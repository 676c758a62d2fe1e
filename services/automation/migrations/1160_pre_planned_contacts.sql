-- migrate:up

-- Meetings, calls and letters that are to take place, as leads tells it, for calendars. What is told of one in whatever
-- order comes to the same: each event writes columns of its own, and of two the one of the higher version stands.
CREATE TABLE planned_contacts (
  interaction_id  uuid PRIMARY KEY,
  kind            text,
  customer_id     uuid,
  lead_id         uuid,
  deal_id         uuid,
  version         integer NOT NULL DEFAULT 0,
  planned_at      timestamptz,
  time_version    integer NOT NULL DEFAULT 0,
  manager_id      text,
  manager_version integer NOT NULL DEFAULT 0,
  ended           text CHECK (ended IN ('concluded', 'cancelled')),
  ended_version   integer NOT NULL DEFAULT 0
);
CREATE INDEX planned_contacts_by_manager ON planned_contacts (manager_id, planned_at);
CREATE INDEX planned_contacts_by_customer ON planned_contacts (customer_id) WHERE customer_id IS NOT NULL;

-- Whom rules and heads may choose among, as leads tells it.
ALTER TABLE manager_hours
  ADD COLUMN active boolean NOT NULL DEFAULT true,
  ADD COLUMN department text,
  ADD COLUMN teams text[] NOT NULL DEFAULT '{}',
  ADD COLUMN weight integer NOT NULL DEFAULT 1;

-- Deals that were closed, by time: by them it is seen whose sales go best.
CREATE INDEX facts_closed ON facts (recorded_at) WHERE name = 'state' AND value IN ('"won"', '"lost"');

-- migrate:down

DROP INDEX facts_closed;
ALTER TABLE manager_hours DROP COLUMN weight, DROP COLUMN teams, DROP COLUMN department, DROP COLUMN active;
DROP TABLE planned_contacts;
