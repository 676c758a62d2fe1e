-- migrate:up

-- Cards by the blind index of the full name, to find those that may be of one person. Nobody is recognised by it: names
-- suggest, only contacts match. An erased customer's row goes.
CREATE TABLE name_indexes (
  customer_id uuid PRIMARY KEY,
  blind_index uuid NOT NULL
);
CREATE INDEX name_indexes_namesakes ON name_indexes (blind_index, customer_id);

-- migrate:down
