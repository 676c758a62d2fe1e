INSERT INTO managers (id, version, working_hours, name, active, department, teams, directions, languages, sources, time_zone,
                      calendar, open_limit, weight)
VALUES ($1, $2, $3::json, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (id) DO UPDATE SET
  version = excluded.version, working_hours = excluded.working_hours, name = excluded.name, active = excluded.active,
  department = excluded.department, teams = excluded.teams, directions = excluded.directions,
  languages = excluded.languages, sources = excluded.sources, time_zone = excluded.time_zone,
  calendar = excluded.calendar, open_limit = excluded.open_limit, weight = excluded.weight
