-- migrate:up

-- A fixed text under the index key that contacts here are indexed with: a process that has another key does not start. It
-- tells nothing of the key, which is 256 random bits.
CREATE TABLE index_key (
  one  boolean PRIMARY KEY DEFAULT true CHECK (one),
  mark uuid NOT NULL
);

-- migrate:down

DROP TABLE index_key;
