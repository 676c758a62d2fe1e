SELECT * FROM :schema.rolled_splits
 WHERE day >= (:start AT TIME ZONE :zone)::date AND day < (:end AT TIME ZONE :zone)::date AND day <> ALL (:stale)
   AND :is(direction, direction) AND :is(pipeline, pipeline)
