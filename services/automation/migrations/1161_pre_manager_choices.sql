-- migrate:up

-- How the assignee of a task is chosen, where a rule says so.
ALTER TABLE manager_tasks ADD COLUMN choice json;
CREATE INDEX manager_tasks_open ON manager_tasks (assignee) WHERE state = 'open';

-- Whom automation chose. A task's choice counts among what its manager has to do before the table of tasks knows of it.
CREATE TABLE manager_choices (
  choice_id  uuid PRIMARY KEY,
  manager_id text        NOT NULL,
  task_id    uuid,
  chosen_at  timestamptz NOT NULL
);
CREATE INDEX manager_choices_of_managers ON manager_choices (manager_id, chosen_at);
CREATE INDEX manager_choices_of_tasks ON manager_choices (task_id) WHERE task_id IS NOT NULL;

-- migrate:down

DROP TABLE manager_choices;
DROP INDEX manager_tasks_open;
ALTER TABLE manager_tasks DROP COLUMN choice;
