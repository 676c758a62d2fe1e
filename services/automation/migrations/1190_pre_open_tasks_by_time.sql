-- migrate:up

-- A manager's open tasks by the time they are due: a page of them is read in this order, and not sorted.
DROP INDEX manager_tasks_open;
CREATE INDEX manager_tasks_open ON manager_tasks (assignee, due_at, task_id) WHERE state = 'open';

-- migrate:down

DROP INDEX manager_tasks_open;
CREATE INDEX manager_tasks_open ON manager_tasks (assignee) WHERE state = 'open';
