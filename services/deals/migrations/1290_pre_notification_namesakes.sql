-- migrate:up

-- Customers whose full name stands in a notification of nobody's payment that has no phone or e-mail of anybody: it may be
-- theirs, or a namesake's. People look at it.
CREATE TABLE notification_namesakes (
  customer_id uuid,
  request_id  uuid,
  PRIMARY KEY (customer_id, request_id)
);
CREATE INDEX notification_namesakes_by_request ON notification_namesakes (request_id);

-- migrate:down

DROP TABLE notification_namesakes;
