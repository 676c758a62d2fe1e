-- migrate:up

-- The dates that cards hold, as they stand: of a birthday only the month and the day.
CREATE TABLE dates (
  subject_id  uuid        NOT NULL,
  field       text        NOT NULL,
  customer_id uuid,
  day         date,
  month_day   text,
  recorded_at timestamptz NOT NULL,
  version     integer     NOT NULL,
  PRIMARY KEY (subject_id, field)
);
CREATE INDEX dates_by_day ON dates (field, day);
CREATE INDEX dates_by_month_day ON dates (field, month_day);
CREATE INDEX dates_by_customer ON dates (customer_id) WHERE customer_id IS NOT NULL;

-- Of which day of which subject a rule was told that it came near.
CREATE TABLE dates_told (
  rule       text NOT NULL,
  subject_id uuid NOT NULL,
  field      text NOT NULL,
  day        date NOT NULL,
  PRIMARY KEY (rule, subject_id, field, day)
);
CREATE INDEX dates_told_by_subject ON dates_told (subject_id);

-- Until when the hours of a rule's schedule were told; behind whom a run for each of many goes on.
CREATE TABLE schedule_runs (
  rule   text PRIMARY KEY,
  until  timestamptz NOT NULL,
  run_at timestamptz,
  behind uuid
);

-- migrate:down

DROP TABLE schedule_runs;
DROP TABLE dates_told;
DROP TABLE dates;
