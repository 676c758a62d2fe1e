-- migrate:up

-- Exhibitions, seminars, webinars as they are now; written in the transaction of the events they follow from.
CREATE TABLE marketing_events (
  id           uuid PRIMARY KEY,
  version      integer NOT NULL,
  state        text NOT NULL CHECK (state IN ('planned', 'held', 'closed', 'cancelled')),
  direction    text,
  planned_from timestamptz NOT NULL,
  -- The event as a whole: name, kind, place, stages, money, resources, dates.
  body         json NOT NULL
) WITH (fillfactor = 85);
CREATE INDEX marketing_events_newest ON marketing_events (planned_from DESC, id DESC);

-- Who takes part, and how far he has come; a stream of its own for each.
CREATE TABLE participants (
  id              uuid PRIMARY KEY,
  version         integer NOT NULL,
  event_id        uuid NOT NULL REFERENCES marketing_events,
  customer_id     uuid NOT NULL,
  organisation_id uuid,
  stage           text NOT NULL,
  moved_at        timestamptz NOT NULL,
  UNIQUE (event_id, customer_id)
) WITH (fillfactor = 85);
CREATE INDEX participants_of_customer ON participants (customer_id);

-- Every stage a participant was ever in: who skips back has still been invited.
CREATE TABLE participants_stages (
  participation_id uuid NOT NULL REFERENCES participants ON DELETE CASCADE,
  stage            text NOT NULL,
  reached_at       timestamptz NOT NULL,
  PRIMARY KEY (participation_id, stage)
);

-- What came of an event with an organisation, 1 (low) to 5 (high).
CREATE TABLE marketing_results (
  event_id        uuid NOT NULL REFERENCES marketing_events,
  organisation_id uuid NOT NULL,
  loyalty         smallint NOT NULL CHECK (loyalty BETWEEN 1 AND 5),
  interest        smallint NOT NULL CHECK (interest BETWEEN 1 AND 5),
  PRIMARY KEY (event_id, organisation_id)
);

-- migrate:down
