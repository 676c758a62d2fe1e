-- Entries of call lists that a manager keeps for himself are anybody's again.
UPDATE call_entries SET leased_to = NULL, leased_until = NULL
 WHERE leased_to = $1 AND state <> 'done' AND ($2::text[] IS NULL OR direction IS NULL OR direction = ANY($2))
