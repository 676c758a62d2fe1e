-- migrate:up

-- Persons who were erased, by all their cards; the reason is typed by people and kept. The contacts are blind indexes: by
-- them the stored requests that belong to no card are looked through, in the order of their ids, and then they go.
CREATE TABLE erasures (
  id           uuid PRIMARY KEY,
  customer_ids uuid[]      NOT NULL,
  ground       text        NOT NULL,
  reason       text        NOT NULL,
  actor        text        NOT NULL,
  erased_at    timestamptz NOT NULL,
  contacts     uuid[],
  requests     integer     NOT NULL DEFAULT 0,  -- emptied by that look
  searched_at  timestamptz                      -- when it was over
);
CREATE INDEX erasures_newest ON erasures (erased_at DESC, id DESC);
CREATE INDEX erasures_of_customers ON erasures USING gin (customer_ids);

-- migrate:down

DROP TABLE erasures;
