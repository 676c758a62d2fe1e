-- reads: step_counts
-- Those of all together have parts of their own.
SELECT * FROM :schema.rolled_steps
 WHERE coalesce(:channel, :direction) IS NULL AND :visible IS NULL
   AND day >= (:start AT TIME ZONE :zone)::date AND day < (:end AT TIME ZONE :zone)::date AND day <> ALL (:stale)
UNION ALL
SELECT * FROM step_counts WHERE NOT (coalesce(:channel, :direction) IS NULL AND :visible IS NULL) AND day <> ALL (:stale)
