SELECT * FROM :schema.rolled_open
 WHERE day <> ALL (:stale) AND :seen(direction) AND :is(direction, direction) AND :is(pipeline, pipeline)
