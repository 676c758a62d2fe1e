-- migrate:up

-- Every card with the root of its tree: who asks for the facts of all members of a card joins by id and groups by root.
CREATE VIEW card_members AS
SELECT id, CASE WHEN merged_into IS NULL THEN id ELSE root_of(merged_into) END AS root,
       direction, manager_id, registered_at
  FROM customers;

-- Saved selections of customers as they are now; written in the transaction of the events they follow from.
CREATE TABLE lists (
  id         uuid PRIMARY KEY,
  version    integer NOT NULL,
  name       text NOT NULL,
  criteria   json,              -- NULL: by hand
  direction  text,              -- who sees the list, not whom it selects
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  closed     boolean NOT NULL DEFAULT false
) WITH (fillfactor = 85);
CREATE INDEX lists_newest ON lists (created_at DESC, id DESC);

-- Who is on a list by hand: the card that was the root when it was put there.
CREATE TABLE list_members (
  list_id     uuid NOT NULL REFERENCES lists,
  customer_id uuid NOT NULL,
  added_at    timestamptz NOT NULL,
  PRIMARY KEY (list_id, customer_id)
);
CREATE INDEX list_members_of_customer ON list_members (customer_id);

-- migrate:down
