-- migrate:up

-- The last turn of a manager under a rule, in the rule's own time: a turn lasts 2520 / weight.
CREATE TABLE rule_turns (
  rule       text NOT NULL,
  manager_id text NOT NULL,
  started    bigint NOT NULL,
  finished   bigint NOT NULL,
  PRIMARY KEY (rule, manager_id)
) WITH (fillfactor = 50);

-- How each lead was routed, and the steps that led there: the answer to "why did Anna get it". The trigger is the event
-- or the task that asked; it asks once.
CREATE TABLE routings (
  trigger_id    uuid PRIMARY KEY,
  lead_id       uuid NOT NULL,
  decided_at    timestamptz NOT NULL,
  rules_version integer NOT NULL,
  outcome       text NOT NULL CHECK (outcome IN ('assigned', 'listed', 'waiting', 'unsorted')),
  manager_id    text,
  explanation   text NOT NULL,
  due_at        timestamptz,     -- of one that waits: when it is asked again
  steps         json NOT NULL    -- [{rule, failed, strategy, considered, outcome}]
);
CREATE INDEX routings_of_lead ON routings (lead_id, decided_at DESC);

-- Leads in work of a manager: his, and not judged yet.
CREATE INDEX leads_in_work ON leads (manager_id) WHERE status = 'new' AND manager_id IS NOT NULL;
-- The manager a returning customer had.
CREATE INDEX leads_of_customer_with_manager ON leads (customer_id, captured_at DESC) WHERE manager_id IS NOT NULL;
-- The columns of the board.
ALTER TABLE leads
  ADD COLUMN taken_at        timestamptz,   -- when the manager responsible began to work on it
  ADD COLUMN postponed_until timestamptz;   -- nothing is to be done before
CREATE INDEX leads_open_newest ON leads (status, captured_at DESC, id DESC) WHERE status <> 'disqualified';

-- migrate:down
