-- migrate:up

-- Who a letter can be sent to, as the events of leads tell it; sealed by the customer's key, emptied on erasure.
CREATE TABLE contacts (
  customer_id uuid PRIMARY KEY,
  name        text,
  emails      text[]  NOT NULL DEFAULT '{}',
  erased      boolean NOT NULL DEFAULT false
);

-- Who is responsible for a lead. A task that comes before its lead's assignment makes the row too, without a manager:
-- both write the row, so that one of two concurrent transactions always sees the other's task or manager.
CREATE TABLE lead_responsible (
  lead_id     uuid PRIMARY KEY,
  customer_id uuid,
  manager_id  text,
  version     integer NOT NULL DEFAULT 0
);

-- Managers' tasks, read from the service's own events.
CREATE TABLE manager_tasks (
  task_id             uuid PRIMARY KEY,
  version             integer     NOT NULL,
  state               text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'completed')),
  kind                text        NOT NULL,
  title               text        NOT NULL,
  due_at              timestamptz NOT NULL,
  assignee            text,
  follows_responsible boolean     NOT NULL,
  result              text,
  customer_id         uuid,
  lead_id             uuid,
  deal_id             uuid,
  cause               json,
  created_at          timestamptz NOT NULL,
  completed_at        timestamptz
);
CREATE INDEX manager_tasks_by_due ON manager_tasks (due_at, task_id);
CREATE INDEX manager_tasks_by_assignee ON manager_tasks (assignee, due_at, task_id);
CREATE INDEX manager_tasks_by_lead ON manager_tasks (lead_id) WHERE lead_id IS NOT NULL;
CREATE INDEX manager_tasks_by_customer ON manager_tasks (customer_id) WHERE customer_id IS NOT NULL;

-- What was written to customers, read from the service's own events.
CREATE TABLE messages (
  message_id   uuid PRIMARY KEY,
  customer_id  uuid        NOT NULL,
  medium       text        NOT NULL,
  template     text        NOT NULL,
  state        text        NOT NULL DEFAULT 'requested' CHECK (state IN ('requested', 'sent', 'failed')),
  reason       text,
  attempts     integer,
  cause        json,
  requested_at timestamptz NOT NULL,
  settled_at   timestamptz
);
CREATE INDEX messages_by_time ON messages (requested_at, message_id);
CREATE INDEX messages_by_customer ON messages (customer_id, requested_at, message_id);

-- migrate:down
