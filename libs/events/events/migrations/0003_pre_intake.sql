-- migrate:up

-- Every request as it was received, byte for byte, stored before it is understood. Mutable, unlike the log: it holds
-- personal data in the clear until it is parsed, and erasure must be able to empty it.
CREATE TABLE intake (
  id             uuid PRIMARY KEY,
  received_at    timestamptz NOT NULL,
  channel        text NOT NULL,
  source         text NOT NULL,
  method         text NOT NULL,
  url            text NOT NULL,
  headers        json NOT NULL,
  body           bytea NOT NULL,
  corrected_body bytea,
  state          text NOT NULL DEFAULT 'pending'
                 CHECK (state IN ('pending', 'done', 'ignored', 'quarantined', 'discarded')),
  reason         text,
  settled_at     timestamptz,
  settled_by     text,
  traceparent    text,
  subject_ids    uuid[]
) WITH (fillfactor = 80);
CREATE INDEX intake_pending ON intake (id) WHERE state = 'pending';
CREATE INDEX intake_quarantined ON intake (id) WHERE state = 'quarantined';
CREATE INDEX intake_by_subject ON intake USING gin (subject_ids) WHERE subject_ids IS NOT NULL;

-- migrate:down
