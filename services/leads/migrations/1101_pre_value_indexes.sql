-- migrate:up

-- Blind indexes of the values of personal custom fields, one for each thing that a value says: by them lists find who has
-- a value, and nobody reads it. Rows stand with the card the value was written on.
CREATE TABLE value_indexes (
  card        uuid NOT NULL,
  field       text NOT NULL,
  blind_index uuid NOT NULL,
  PRIMARY KEY (card, field, blind_index)
);
CREATE INDEX value_indexes_by_value ON value_indexes (field, blind_index, card);

-- migrate:down

DROP TABLE value_indexes;
