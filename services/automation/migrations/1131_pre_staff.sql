-- migrate:up

-- Where colleagues want to be written to; by their logins.
CREATE TABLE staff_addresses (
  login    text PRIMARY KEY,
  email    text    NOT NULL,
  by_email boolean NOT NULL DEFAULT true
);

-- The feed: a row for everybody who was told.
CREATE TABLE staff_notifications (
  recipient       text        NOT NULL,
  notification_id uuid        NOT NULL,
  text            text        NOT NULL,
  urgent          boolean     NOT NULL,
  customer_id     uuid,
  lead_id         uuid,
  deal_id         uuid,
  cause           json        NOT NULL,
  at              timestamptz NOT NULL,
  read_at         timestamptz,
  PRIMARY KEY (recipient, notification_id)
);
CREATE INDEX staff_notifications_newest ON staff_notifications (recipient, at DESC, notification_id DESC);
CREATE INDEX staff_notifications_unread ON staff_notifications (recipient) WHERE read_at IS NULL;

-- migrate:down

DROP TABLE staff_notifications, staff_addresses;
