-- migrate:up

CREATE TABLE questionnaires (
  questionnaire text        NOT NULL,
  version       integer     NOT NULL,
  definition    json        NOT NULL,
  saved_at      timestamptz NOT NULL,
  PRIMARY KEY (questionnaire, version)
);

-- What customers answered, from the service's own events; their own words are sealed, and go when a customer is erased.
CREATE TABLE questionnaire_answers (
  message_id    uuid PRIMARY KEY,
  questionnaire text        NOT NULL,
  version       integer     NOT NULL,
  customer_id   uuid        NOT NULL,
  scores        jsonb       NOT NULL,
  choices       jsonb       NOT NULL,
  texts         jsonb       NOT NULL,
  answered_at   timestamptz NOT NULL
);
CREATE INDEX questionnaire_answers_by_time ON questionnaire_answers (questionnaire, answered_at, message_id);
CREATE INDEX questionnaire_answers_by_customer ON questionnaire_answers (customer_id);

-- migrate:down

DROP TABLE questionnaire_answers;
DROP TABLE questionnaires;
