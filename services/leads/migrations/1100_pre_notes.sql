-- migrate:up

-- Notes that other CRMs keep about a person, once each; the text stands sealed in the event of the note's own stream.
CREATE TABLE notes (
  id          uuid PRIMARY KEY,
  customer_id uuid NOT NULL,
  -- The line of business, so that nobody reads one that is not his.
  direction   text,
  at          timestamptz NOT NULL
);
CREATE INDEX notes_by_customer ON notes (customer_id);

-- migrate:down

DROP TABLE notes;
