-- migrate:up

-- Requests of automation that were answered: each is answered once.
CREATE TABLE requests_answered (
  request_id uuid PRIMARY KEY
);

-- migrate:down

DROP TABLE requests_answered;
