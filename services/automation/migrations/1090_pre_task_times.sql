-- migrate:up

-- Of what hour of being due and of being reminded it was told that it has come; told again after a change of the hour.
ALTER TABLE manager_tasks ADD COLUMN priority text NOT NULL DEFAULT 'normal';
ALTER TABLE manager_tasks ADD COLUMN remind_at timestamptz;
ALTER TABLE manager_tasks ADD COLUMN overdue_told timestamptz;
ALTER TABLE manager_tasks ADD COLUMN reminder_told timestamptz;
CREATE INDEX manager_tasks_to_fall_due ON manager_tasks (due_at)
 WHERE state = 'open' AND overdue_told IS DISTINCT FROM due_at;
CREATE INDEX manager_tasks_to_remind ON manager_tasks (remind_at)
 WHERE state = 'open' AND remind_at IS NOT NULL AND reminder_told IS DISTINCT FROM remind_at;

-- migrate:down

DROP INDEX manager_tasks_to_remind;
DROP INDEX manager_tasks_to_fall_due;
ALTER TABLE manager_tasks DROP COLUMN reminder_told;
ALTER TABLE manager_tasks DROP COLUMN overdue_told;
ALTER TABLE manager_tasks DROP COLUMN remind_at;
ALTER TABLE manager_tasks DROP COLUMN priority;
