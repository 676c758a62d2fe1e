-- migrate:up

-- What customers did that may end their way through a sequence, with what it takes to tell whether it does: what it was
-- said of (purpose and medium of a withdrawal; without a medium, of all), and when it was done.
CREATE TABLE signs (
  event_id    uuid PRIMARY KEY,
  customer_id uuid        NOT NULL,
  reason      text        NOT NULL CHECK (reason IN ('replied', 'bought', 'unsubscribed', 'black_listed')),
  purpose     text,
  medium      text,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL
);
CREATE INDEX signs_by_customer ON signs (customer_id, recorded_at);

-- migrate:down

DROP TABLE signs;
