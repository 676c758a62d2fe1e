-- migrate:up

-- What automation asked of other services, and what came of it. An answer may be heard before the request.
CREATE TABLE asked (
  request_id    uuid PRIMARY KEY,
  request       text NOT NULL,               -- the type of the request
  asked_at      timestamptz,
  customer_id   uuid,
  lead_id       uuid,
  deal_id       uuid,
  cause         json,
  outcome       text CHECK (outcome IN ('done', 'unchanged', 'refused')),
  code          text,
  reason        text,
  answered_at   timestamptz,
  unanswered_at timestamptz                  -- when it was told that no answer came
);
CREATE INDEX asked_open ON asked (asked_at) WHERE outcome IS NULL AND unanswered_at IS NULL;
CREATE INDEX asked_newest ON asked (asked_at DESC, request_id DESC) WHERE outcome IS NULL OR outcome = 'refused';

-- migrate:down

DROP TABLE asked;
