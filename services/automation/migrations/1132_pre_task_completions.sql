-- migrate:up

-- What rules want to see done: open tasks about the subject that were made before. A task that is heard of later is done
-- then. The subjects of both stand in a table that both write, so that one of two concurrent transactions always sees
-- the other's task or wish.
CREATE TABLE task_completions (
  request_id  uuid PRIMARY KEY,
  subject_id  uuid        NOT NULL,
  kinds       text[]      NOT NULL,
  rules       text[]      NOT NULL,
  result      text        NOT NULL,
  cause       json        NOT NULL,
  asked_at    timestamptz NOT NULL
);
CREATE INDEX task_completions_by_subject ON task_completions (subject_id);
CREATE TABLE task_subjects (subject_id uuid PRIMARY KEY);
CREATE INDEX manager_tasks_open_by_deal ON manager_tasks (deal_id) WHERE state = 'open' AND deal_id IS NOT NULL;

-- migrate:down

DROP INDEX manager_tasks_open_by_deal;
DROP TABLE task_subjects, task_completions;
