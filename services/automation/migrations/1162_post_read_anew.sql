-- migrate:up

-- An installation that runs reads from its log what was planned before, and where managers work; after the roll-out, as the
-- release before would read it without writing that down.
UPDATE refills r SET state = 'waiting', step = step + 1, reading = NULL, events = 0, failed = 0, missing = 0, asked_at = now(),
       finished_at = NULL
 WHERE EXISTS (SELECT FROM watermarks w WHERE w.consumer = r.consumer AND w.position > 0);
DELETE FROM refilled_contacts WHERE EXISTS (SELECT FROM refills WHERE state = 'waiting');

-- migrate:down
