-- migrate:up

-- Whose tasks a head oversees, and whose a deputy works on: as leads tells it of managers.
ALTER TABLE manager_hours ADD COLUMN directions text[] NOT NULL DEFAULT '{}';
ALTER TABLE manager_absences ADD COLUMN deputy_id text;
CREATE INDEX manager_absences_by_deputy ON manager_absences (deputy_id, ends) WHERE deputy_id IS NOT NULL;

-- migrate:down

DROP INDEX manager_absences_by_deputy;
ALTER TABLE manager_absences DROP COLUMN deputy_id;
ALTER TABLE manager_hours DROP COLUMN directions;
