-- migrate:up

ALTER TABLE handovers
  -- NULL: at once.
  ADD COLUMN starts_at     timestamptz,
  -- Of a substitution: when the work goes back. NULL: it stays.
  ADD COLUMN until         timestamptz,
  -- What is being moved, in this order, in each pass; there is another pass while some of it waits for somebody.
  ADD COLUMN stage         text    NOT NULL DEFAULT 'customers' CHECK (stage IN ('customers', 'organisations', 'contacts')),
  ADD COLUMN pass          integer NOT NULL DEFAULT 1,
  ADD COLUMN organisations integer NOT NULL DEFAULT 0,
  ADD COLUMN contacts      integer NOT NULL DEFAULT 0,
  -- Of this pass: what nobody can take yet, and when to ask again.
  ADD COLUMN waiting       integer NOT NULL DEFAULT 0,
  ADD COLUMN wait_until    timestamptz,
  ADD COLUMN return_asked_at timestamptz,
  ADD COLUMN returned_at   timestamptz,
  ADD COLUMN returned      integer NOT NULL DEFAULT 0,
  ADD COLUMN stayed        integer NOT NULL DEFAULT 0;
CREATE INDEX handovers_newest ON handovers (requested_at DESC, id DESC);

-- What changed hands in a hand-over, to whom and why, and what became of it when it was to go back. A lead stands here
-- only if its card did not go along; a customer stands for his open leads too.
CREATE TABLE handover_items (
  handover_id   uuid NOT NULL REFERENCES handovers,
  kind          text NOT NULL CHECK (kind IN ('customer', 'lead', 'organisation', 'contact')),
  subject_id    uuid NOT NULL,
  to_manager_id text NOT NULL,
  explanation   text NOT NULL,
  steps         json NOT NULL,   -- [{rule, failed, strategy, considered, outcome}]
  given_at      timestamptz NOT NULL,
  returned_at   timestamptz,
  stays_because text,
  PRIMARY KEY (handover_id, kind, subject_id)
);
CREATE INDEX interactions_to_hold ON interactions (manager_id, id) WHERE callback = 'due' OR state = 'planned';
CREATE INDEX handover_items_given ON handover_items (handover_id, to_manager_id) WHERE kind = 'customer';

-- migrate:down
