SELECT * FROM :schema.rolled_expected
 WHERE day >= (:moment AT TIME ZONE :zone)::date AND day < (:end AT TIME ZONE :zone)::date AND day <> ALL (:stale)
   AND :seen(direction) AND :is(direction, direction) AND :is(pipeline, pipeline)
