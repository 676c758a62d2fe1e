-- Some of the open deals of a manager ($1) that the caller sees ($2: his lines of business, NULL: all).
SELECT deal_id FROM deals
 WHERE manager_id = $1 AND state IN ('open', 'nurture') AND ($2::text[] IS NULL OR direction IS NULL OR direction = ANY($2))
 ORDER BY deal_id
 LIMIT $3
