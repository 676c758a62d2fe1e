-- migrate:up

-- What a rule would have done: the question, how far the reading of the log has come, and what was found so far.
CREATE TABLE backtests (
  backtest_id uuid        PRIMARY KEY,
  rule        text        NOT NULL,
  definition  json        NOT NULL,
  since       timestamptz NOT NULL,
  until       timestamptz NOT NULL,
  state       text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed')),
  step        integer     NOT NULL DEFAULT 0,
  reading     json,
  found       json,
  reason      text,
  asked_by    text        NOT NULL,
  asked_at    timestamptz NOT NULL,
  finished_at timestamptz
);
CREATE INDEX backtests_by_rule ON backtests (rule, asked_at, backtest_id);

-- migrate:down

DROP TABLE backtests;
