-- migrate:up

-- When customers were talked to last and at what pace they are to be; looks_at: when to look whether it is time.
CREATE TABLE contact_cadence (
  customer_id       uuid PRIMARY KEY,
  segment           text        NOT NULL DEFAULT 'casual',
  segment_version   integer     NOT NULL DEFAULT 0,
  last_contact_at   timestamptz,
  days              integer,
  latest_days       integer,
  paused            boolean     NOT NULL DEFAULT false,
  exception_version integer     NOT NULL DEFAULT 0,
  told_for          timestamptz,
  looks_at          timestamptz DEFAULT now()
);
CREATE INDEX contact_cadence_to_look_at ON contact_cadence (looks_at) WHERE looks_at IS NOT NULL;

-- The paces of segments, as they were set up.
CREATE TABLE cadence_rules (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  version  integer NOT NULL,
  content  json    NOT NULL
);

-- migrate:down

DROP TABLE cadence_rules;
DROP TABLE contact_cadence;
