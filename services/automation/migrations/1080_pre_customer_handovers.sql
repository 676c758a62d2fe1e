-- migrate:up

-- Customers of whom there are tasks for a named manager, or who changed hands: both write the row, so that one of two
-- concurrent transactions always sees the other's task or change.
CREATE TABLE customers_in_hand (customer_id uuid PRIMARY KEY);

-- Every time that one manager's customer became another's. A task is the manager's to whom it was given before that.
CREATE TABLE customer_handovers (
  customer_id         uuid        NOT NULL,
  version             integer     NOT NULL,
  previous_manager_id text        NOT NULL,
  manager_id          text        NOT NULL,
  at                  timestamptz NOT NULL,
  PRIMARY KEY (customer_id, version)
);

-- Since when the task is its assignee's; NULL: since it was made.
ALTER TABLE manager_tasks ADD COLUMN assigned_at timestamptz;

-- migrate:down
