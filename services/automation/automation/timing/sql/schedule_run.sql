-- How far a rule's schedule was told, for whoever gets the row; a rule that is new has been told everything until $2.
WITH new AS (
  INSERT INTO schedule_runs (rule, until) VALUES ($1, $2) ON CONFLICT (rule) DO NOTHING
)
SELECT until, run_at, behind FROM schedule_runs WHERE rule = $1 FOR UPDATE SKIP LOCKED
