-- migrate:up

-- Notifications of providers that were looked at for whose they are, and when. Settled: nothing more is to be asked.
CREATE TABLE notification_owners (
  request_id uuid PRIMARY KEY,
  asked_at   timestamptz NOT NULL,
  settled    boolean NOT NULL
);

-- migrate:down

DROP TABLE notification_owners;
