-- migrate:up

-- A lead on a call list, from when it was put there until it is done. What a call list is stands in setting_versions.
CREATE TABLE call_entries (
  id           uuid PRIMARY KEY,
  call_list    text NOT NULL,
  lead_id      uuid NOT NULL,
  customer_id  uuid NOT NULL,
  direction    text,
  version      integer NOT NULL,
  state        text NOT NULL CHECK (state IN ('waiting', 'called', 'no_answer', 'done')),
  attempts     integer NOT NULL,
  due_at       timestamptz NOT NULL,
  outcome      text,
  leased_to    text,          -- who calls now; nobody else gets it before leased_until
  leased_until timestamptz
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX call_entries_one_open ON call_entries (lead_id, call_list) WHERE state <> 'done';
CREATE INDEX call_entries_due ON call_entries (call_list, due_at, id) WHERE state <> 'done';
CREATE INDEX call_entries_leased ON call_entries (leased_to) WHERE state <> 'done' AND leased_to IS NOT NULL;

-- migrate:down
