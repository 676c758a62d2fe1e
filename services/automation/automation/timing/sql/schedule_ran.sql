-- The hour $2 is told, or goes on ($3) behind $4.
UPDATE schedule_runs SET until = greatest(until, $2), run_at = $3, behind = $4 WHERE rule = $1
