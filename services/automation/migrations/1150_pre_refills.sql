-- migrate:up

-- How far the history is read by which automation knows of what happened before it kept such tables. `reading`: places in
-- the log; `step` moves with each batch, so that of two processes one goes on. Where nothing was read yet there is none.
CREATE TABLE refills (
  consumer    text PRIMARY KEY,
  state       text        NOT NULL CHECK (state IN ('waiting', 'reading', 'done')),
  step        bigint      NOT NULL DEFAULT 0,
  reading     json,
  events      bigint      NOT NULL DEFAULT 0,
  failed      bigint      NOT NULL DEFAULT 0,
  missing     bigint      NOT NULL DEFAULT 0,
  asked_at    timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);
INSERT INTO refills (consumer, state)
SELECT 'automation.rules', CASE WHEN count(*) > 0 THEN 'waiting' ELSE 'done' END
  FROM watermarks WHERE consumer = 'automation.rules' AND position > 0;

-- How customers can be reached, as the history says; it takes the place of what stands in contacts once it is read.
CREATE TABLE refilled_contacts (LIKE contacts INCLUDING ALL);

-- migrate:down

DROP TABLE refilled_contacts;
DROP TABLE refills;
